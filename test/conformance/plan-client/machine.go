package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/cosi-project/runtime/api/v1alpha1"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"go.yaml.in/yaml/v4"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// machine is what was seen of one, decoded.
type machine struct {
	version    string
	specs      map[string]any
	links      map[string]any
	active     configuration
	persistent configuration
	services   []*machineapi.ServiceInfo
	members    []*machineapi.EtcdMember
	etcd       *machineapi.EtcdMemberStatus
	// calls is what was called, by name.
	calls []string
}

// configuration is the text of one, and its documents where they were wanted.
type configuration struct {
	text      string
	documents []any
}

// look is a machine under way.
type look struct {
	mu    sync.Mutex
	seen  *machine
	talos machineapi.MachineServiceClient
	state v1alpha1.StateClient
}

// lookAt makes every call that `ichor plan` makes of a machine, all but the first and those of etcd at once. Node is the
// address that a control plane is to forward to, if there is one.
func lookAt(ctx context.Context, connection *grpc.ClientConn, node string, documents bool) (*machine, error) {
	if node != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "node", node)
	}

	l := &look{
		seen:  &machine{specs: map[string]any{}, links: map[string]any{}},
		talos: machineapi.NewMachineServiceClient(connection),
		state: v1alpha1.NewStateClient(connection),
	}

	l.called("Version")

	version, err := l.talos.Version(ctx, &emptypb.Empty{})
	if err != nil {
		return nil, err
	}

	l.seen.version = version.GetMessages()[0].GetVersion().GetTag()

	if err = l.readAll(ctx); err != nil {
		return nil, err
	}

	if documents {
		if err = l.seen.readDocuments(); err != nil {
			return nil, err
		}
	}

	return l.seen, l.readEtcd(ctx)
}

// readDocuments reads each text once: what a machine runs and what it keeps are mostly one.
func (m *machine) readDocuments() error {
	var err error

	if m.active.documents, err = documentsOf(m.active.text); err != nil {
		return err
	}

	m.persistent.documents = m.active.documents

	if m.persistent.text != m.active.text {
		m.persistent.documents, err = documentsOf(m.persistent.text)
	}

	return err
}

func (l *look) readAll(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)

	group.Go(func() error {
		return l.get(ctx, "hardware", "SystemInformations.hardware.talos.dev", "systeminformation")
	})
	group.Go(func() error { return l.listLinks(ctx) })
	group.Go(func() error { return l.get(ctx, "runtime", "MachineStatuses.runtime.talos.dev", "machine") })
	group.Go(func() error { return l.get(ctx, "config", "MachineConfigs.config.talos.dev", "v1alpha1") })
	group.Go(func() error { return l.get(ctx, "config", "MachineConfigs.config.talos.dev", "persistent") })
	group.Go(func() error { return l.listServices(ctx) })

	var minor int

	if _, err := fmt.Sscanf(l.seen.version, "v1.%d.", &minor); err != nil {
		return err
	}

	// Older versions do not have these.
	if minor >= 14 {
		group.Go(func() error { return l.get(ctx, "runtime", "BootIDs.runtime.talos.dev", "boot-id") })
		group.Go(func() error {
			return l.get(ctx, "runtime", "ImageFactorySchematics.runtime.talos.dev", "image-factory-schematic")
		})
	}

	return group.Wait()
}

func (l *look) called(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.seen.calls = append(l.seen.calls, name)
}

// get reads one resource; one that there is not is left out.
func (l *look) get(ctx context.Context, namespace, kind, id string) error {
	l.called("Get " + kind + " " + id)

	answer, err := l.state.Get(ctx, &v1alpha1.GetRequest{Namespace: namespace, Type: kind, Id: id})

	switch status.Code(err) { //nolint:exhaustive
	case codes.OK:
	case codes.NotFound:
		return nil
	default:
		return err
	}

	value, err := valueOf(answer.GetResource())
	if err != nil {
		return err
	}

	if kind == "MachineConfigs.config.talos.dev" {
		return l.configured(id, value)
	}

	l.mu.Lock()
	defer l.mu.Unlock()

	l.seen.specs[kind] = value

	return nil
}

func (l *look) configured(id string, value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("the configuration %s is no text", id)
	}

	l.mu.Lock()
	defer l.mu.Unlock()

	if id == "persistent" {
		l.seen.persistent.text = text
	} else {
		l.seen.active.text = text
	}

	return nil
}

func (l *look) listLinks(ctx context.Context) error {
	const kind = "LinkStatuses.net.talos.dev"

	l.called("List " + kind)

	answers, err := l.state.List(ctx, &v1alpha1.ListRequest{Namespace: "network", Type: kind})
	if err != nil {
		return err
	}

	for {
		answer, err := answers.Recv()

		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}

		value, err := valueOf(answer.GetResource())
		if err != nil {
			return err
		}

		l.mu.Lock()
		l.seen.links[answer.GetResource().GetMetadata().GetId()] = value
		l.mu.Unlock()
	}
}

func (l *look) listServices(ctx context.Context) error {
	l.called("ServiceList")

	answer, err := l.talos.ServiceList(ctx, &emptypb.Empty{})
	if err != nil {
		return err
	}

	l.mu.Lock()
	defer l.mu.Unlock()

	l.seen.services = answer.GetMessages()[0].GetServices()

	return nil
}

func (l *look) readEtcd(ctx context.Context) error {
	runs := slices.ContainsFunc(l.seen.services, func(service *machineapi.ServiceInfo) bool {
		return service.GetId() == "etcd" && service.GetState() == "Running"
	})
	if !runs {
		return nil
	}

	group, ctx := errgroup.WithContext(ctx)

	group.Go(func() error {
		l.called("EtcdMemberList")

		answer, err := l.talos.EtcdMemberList(ctx, &machineapi.EtcdMemberListRequest{})
		if err == nil {
			l.seen.members = answer.GetMessages()[0].GetMembers()
		}

		return err
	})
	group.Go(func() error {
		l.called("EtcdStatus")

		answer, err := l.talos.EtcdStatus(ctx, &emptypb.Empty{})
		if err == nil {
			l.seen.etcd = answer.GetMessages()[0].GetMemberStatus()
		}

		return err
	})

	return group.Wait()
}

func valueOf(resource *v1alpha1.Resource) (any, error) {
	var value any

	err := yaml.Unmarshal([]byte(resource.GetSpec().GetYamlSpec()), &value)

	return value, err
}

func documentsOf(text string) ([]any, error) {
	var documents []any

	decoder := yaml.NewDecoder(bytes.NewReader([]byte(text)))

	for {
		var document any

		err := decoder.Decode(&document)

		switch {
		case errors.Is(err, io.EOF):
			return documents, nil
		case err != nil:
			return nil, err
		}

		documents = append(documents, document)
	}
}
