package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/resource/meta"
	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/cosi-project/runtime/pkg/state/impl/inmem"
	"github.com/cosi-project/runtime/pkg/state/impl/namespaced"
	"github.com/cosi-project/runtime/pkg/state/registry"
	"github.com/siderolabs/talos/pkg/machinery/resources/block"
	"github.com/siderolabs/talos/pkg/machinery/resources/cluster"
	"github.com/siderolabs/talos/pkg/machinery/resources/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/etcd"
	"github.com/siderolabs/talos/pkg/machinery/resources/hardware"
	"github.com/siderolabs/talos/pkg/machinery/resources/k8s"
	"github.com/siderolabs/talos/pkg/machinery/resources/network"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"github.com/siderolabs/talos/pkg/machinery/resources/secrets"
	"github.com/siderolabs/talos/pkg/machinery/resources/v1alpha1"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"go.yaml.in/yaml/v4"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// resourceSetup is a resource with its spec as a machine shows it: a field that Talos does not know is refused.
type resourceSetup struct {
	Namespace string          `json:"namespace"`
	Type      string          `json:"type"`
	ID        string          `json:"id"`
	Spec      json.RawMessage `json:"spec"`
}

// resourceTypes are those that a machine here has.
var resourceTypes = []meta.ResourceWithRD{
	&block.Disk{},
	&block.SystemDisk{},
	&block.VolumeStatus{},
	&cluster.Member{},
	&config.MachineConfig{},
	&config.MachineType{},
	&etcd.Member{},
	&hardware.SystemInformation{},
	&k8s.Nodename{},
	&network.HostnameStatus{},
	&network.LinkStatus{},
	&network.NodeAddress{},
	&runtime.BootID{},
	&runtime.Diagnostic{},
	&runtime.ExtensionStatus{},
	&runtime.ImageFactorySchematic{},
	&runtime.MachineStatus{},
	&runtime.UnattendedInstallStatus{},
	&runtime.Version{},
	&secrets.OSRoot{},
	&v1alpha1.Service{},
}

// newResources registers namespaces and types as a machine does when it starts.
func newResources(ctx context.Context) (state.State, error) {
	resources := state.WrapCore(namespaced.NewState(inmem.Build))

	namespaces := registry.NewNamespaceRegistry(resources)
	if err := namespaces.RegisterDefault(ctx); err != nil {
		return nil, err
	}

	for _, name := range []string{
		cluster.NamespaceName, config.NamespaceName, etcd.NamespaceName, hardware.NamespaceName, k8s.NamespaceName,
		network.NamespaceName, secrets.NamespaceName, v1alpha1.NamespaceName,
	} {
		if err := namespaces.Register(ctx, name, name); err != nil {
			return nil, err
		}
	}

	types := registry.NewResourceRegistry(resources)
	if err := types.RegisterDefault(ctx); err != nil {
		return nil, err
	}

	for _, one := range resourceTypes {
		if err := types.Register(ctx, one); err != nil {
			return nil, err
		}
	}

	return resources, nil
}

// put writes a resource, whatever was there before.
func put(ctx context.Context, resources state.State, wanted resource.Resource) error {
	before, err := resources.Get(ctx, wanted.Metadata())

	switch {
	case state.IsNotFoundError(err):
		return resources.Create(ctx, wanted)
	case err != nil:
		return err
	}

	wanted.Metadata().SetVersion(before.Metadata().Version())

	return resources.Update(ctx, wanted)
}

func (n *node) setResource(ctx context.Context, wanted resourceSetup) error {
	at := slices.IndexFunc(resourceTypes, func(one meta.ResourceWithRD) bool {
		return one.ResourceDefinition().Type == wanted.Type
	})
	if at < 0 {
		return fmt.Errorf("there is no type %q", wanted.Type)
	}

	created := resourceTypes[at].DeepCopy()
	*created.Metadata() = resource.NewMetadata(wanted.Namespace, wanted.Type, wanted.ID, resource.VersionUndefined)

	// JSON is YAML, and it is YAML for which Talos' types have their fields' names.
	if err := yaml.Load(wanted.Spec, created.Spec(), yaml.WithKnownFields()); err != nil {
		return fmt.Errorf("%s %s: %w", wanted.Type, wanted.ID, err)
	}

	return put(ctx, n.resources, created)
}

func (n *node) removeResource(ctx context.Context, wanted resourceSetup) error {
	return n.resources.Destroy(ctx, resource.NewMetadata(wanted.Namespace, wanted.Type, wanted.ID, resource.VersionUndefined))
}

// readable lets through what the roles of the caller may see.
func readable(resources state.State) state.FilteringRule {
	return func(ctx context.Context, access state.Access) error {
		if !access.Verb.Readonly() {
			return status.Error(codes.PermissionDenied, "write access is not allowed")
		}

		definition, err := safe.StateGetByID[*meta.ResourceDefinition](ctx, resources, strings.ToLower(access.ResourceType))
		if state.IsNotFoundError(err) {
			return status.Errorf(codes.PermissionDenied, "resource type %q is not supported", access.ResourceType)
		}

		if err != nil {
			return err
		}

		if definition.TypedSpec().Sensitivity == meta.Sensitive && !rolesOf(ctx).Includes(role.Admin) {
			return errNotAuthorized
		}

		if _, err = safe.StateGetByID[*meta.Namespace](ctx, resources, access.ResourceNamespace); state.IsNotFoundError(err) {
			return status.Errorf(codes.PermissionDenied, "namespace %q is not supported", access.ResourceNamespace)
		}

		return err
	}
}
