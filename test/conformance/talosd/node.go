package main

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	configres "github.com/siderolabs/talos/pkg/machinery/resources/config"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// setup is the machine that a test wants.
type setup struct {
	// Address is where it listens; port 0 lets the system choose.
	Address string `json:"address"`
	// Maintenance mode asks no client for a certificate and has one of its own making.
	Maintenance bool `json:"maintenance"`
	// Authority signs the machine's certificate and those of its clients. PEM.
	Authority struct {
		Certificate string `json:"certificate"`
		Key         string `json:"key"`
	} `json:"authority"`
	// Talos is the version that it runs: `v1.14.1`.
	Talos string `json:"talos"`
	// Config is the machine configuration that it runs with; empty where there is none.
	Config    string          `json:"config"`
	Resources []resourceSetup `json:"resources"`
	Services  []serviceSetup  `json:"services"`
	Etcd      etcdSetup       `json:"etcd"`
	Installer installerSetup  `json:"installer"`
	// Memory is in kB, as /proc/meminfo has it.
	Memory uint64       `json:"memory,string"`
	Mounts []mountSetup `json:"mounts"`
}

// call is a request as it came.
type call struct {
	// Method is `/machine.MachineService/Reset`.
	Method string `json:"method"`
	// Request is in the JSON form of protocol buffers.
	Request json.RawMessage `json:"request"`
	// Node is the machine that the call was for, where this one was to forward it. It does not.
	Node string `json:"node,omitempty"`
}

// node is the machine but for the network.
type node struct {
	setup     setup
	resources state.State
	etcd      *etcdState
	events    *events

	// applying and installing are held by calls that must be alone.
	applying, installing sync.Mutex

	mu       sync.Mutex
	calls    []call
	rollback *time.Timer
	// images are those that were pulled, by all their names.
	images map[string]bool
}

func newNode(ctx context.Context, wanted setup) (*node, error) {
	n := &node{setup: wanted, images: map[string]bool{}, etcd: newEtcd(wanted.Etcd), events: newEvents()}

	var err error

	if n.resources, err = newResources(ctx); err != nil {
		return nil, err
	}

	if wanted.Config != "" {
		provider, err := configloader.NewFromBytes([]byte(wanted.Config))
		if err != nil {
			return nil, err
		}

		for _, id := range []string{configres.PersistentID, configres.ActiveID} {
			if err = n.setConfig(ctx, id, provider); err != nil {
				return nil, err
			}
		}
	}

	for _, one := range wanted.Resources {
		if err = n.setResource(ctx, one); err != nil {
			return nil, err
		}
	}

	return n, n.publishStatus(ctx)
}

// config is the configuration that the machine runs with; nil where there is none.
func (n *node) config(ctx context.Context) config.Provider {
	active, err := safe.StateGetByID[*configres.MachineConfig](ctx, n.resources, configres.ActiveID)
	if err != nil {
		return nil
	}

	return active.Provider()
}

func (n *node) isInMaintenance(ctx context.Context) bool {
	active := n.config(ctx)

	return active == nil || !active.CompleteForBoot()
}

func (n *node) setConfig(ctx context.Context, id string, provider config.Provider) error {
	if id == configres.ActiveID && provider.RawV1Alpha1() != nil {
		machineType := configres.NewMachineType()
		machineType.SetMachineType(provider.Machine().Type())

		if err := put(ctx, n.resources, machineType); err != nil {
			return err
		}
	}

	return put(ctx, n.resources, configres.NewMachineConfigWithID(provider, id))
}

// requireControlPlane refuses what only control planes can do.
func (n *node) requireControlPlane(ctx context.Context, api string) error {
	machineType, err := safe.StateGetByID[*configres.MachineType](ctx, n.resources, configres.MachineTypeID)
	if err != nil {
		return status.Errorf(codes.Unimplemented, "machine type is not set, cannot use %s API", api)
	}

	if !machineType.MachineType().IsControlPlane() {
		return status.Errorf(codes.Unimplemented, "%s is only available on control plane nodes", api)
	}

	return nil
}

// revertAfter puts a configuration back after a time unless it is told otherwise before.
func (n *node) revertAfter(timeout time.Duration, before config.Provider) {
	n.keepConfig()

	n.mu.Lock()
	defer n.mu.Unlock()

	n.rollback = time.AfterFunc(timeout, func() {
		n.setConfig(context.Background(), configres.ActiveID, before) //nolint:errcheck
	})
}

// keepConfig ends the wait of revertAfter.
func (n *node) keepConfig() {
	n.mu.Lock()
	defer n.mu.Unlock()

	if n.rollback != nil {
		n.rollback.Stop()
		n.rollback = nil
	}
}

func (n *node) record(ctx context.Context, method string, request any) {
	message, isMessage := request.(proto.Message)
	if !isMessage {
		return
	}

	text, err := protojson.Marshal(message)
	if err != nil {
		return
	}

	of, _ := metadata.FromIncomingContext(ctx)

	n.mu.Lock()
	defer n.mu.Unlock()

	n.calls = append(n.calls, call{Method: method, Request: text, Node: strings.Join(of.Get("node"), ",")})
}

func (n *node) recorded() []call {
	n.mu.Lock()
	defer n.mu.Unlock()

	return append([]call(nil), n.calls...)
}
