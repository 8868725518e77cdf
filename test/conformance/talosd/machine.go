package main

import (
	"context"
	"fmt"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/config/configdiff"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"github.com/siderolabs/talos/pkg/machinery/constants"
	configres "github.com/siderolabs/talos/pkg/machinery/resources/config"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// actor is who asked for a reboot or a reset, as a machine reports it.
const actor = "8f3d4a52-6c1e-4f0b-9a77-2d5b8e6c1f00"

// serviceSetup is a service; those that nobody checks are of unknown health.
type serviceSetup struct {
	ID      string `json:"id"`
	State   string `json:"state"`
	Healthy bool   `json:"healthy"`
	Unknown bool   `json:"unknown"`
	Message string `json:"message"`
}

type machineService struct {
	machine.UnimplementedMachineServiceServer

	node *node
}

// metal is the validation mode of a server that runs Talos from its disk.
type metal struct{}

func (metal) String() string        { return "metal" }
func (metal) RequiresInstall() bool { return false }
func (metal) InContainer() bool     { return false }

func (s *machineService) Version(context.Context, *emptypb.Empty) (*machine.VersionResponse, error) {
	return &machine.VersionResponse{
		Messages: []*machine.Version{{
			Version: &machine.VersionInfo{
				Tag:       s.node.setup.Talos,
				Sha:       "0000000",
				GoVersion: "go1.26.6",
				Os:        "linux",
				Arch:      "amd64",
			},
			Platform: &machine.PlatformInfo{Name: "metal", Mode: "metal"},
			Features: &machine.FeaturesInfo{Rbac: true},
		}},
	}, nil
}

// ApplyConfiguration is as in Talos 1.14: what it refuses and in which order, what it says, what it stores.
func (s *machineService) ApplyConfiguration(ctx context.Context, in *machine.ApplyConfigurationRequest) (*machine.ApplyConfigurationResponse, error) {
	if !s.node.applying.TryLock() {
		return nil, status.Error(codes.FailedPrecondition, "another apply configuration is already in progress")
	}
	defer s.node.applying.Unlock()

	maintenance := s.node.isInMaintenance(ctx)

	if !maintenance && !rolesOf(ctx).Includes(role.Admin) {
		return nil, errNotAuthorized
	}

	if in.Mode != machine.ApplyConfigurationRequest_TRY {
		s.node.keepConfig()
	}

	wanted, err := configloader.NewFromBytes(in.GetData())
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}

	if !maintenance && wanted.RawV1Alpha1() == nil {
		return nil, status.Error(codes.InvalidArgument, "the applied machine configuration doesn't contain v1alpha1 config, did you mean to patch the machine config instead?")
	}

	mode, details, err := effectiveMode(in.Mode, maintenance)
	if err != nil {
		return nil, err
	}

	warnings, err := wanted.ValidateAtRuntime(ctx, s.node.resources, metal{})
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}

	before := s.node.config(ctx)

	if in.DryRun {
		difference, err := configdiff.DiffConfigs(before, wanted)
		if err != nil {
			return nil, err
		}

		if difference == "" {
			difference = "No changes."
		}

		return applied(mode, nil, fmt.Sprintf("Dry run summary:\n%s (skipped in dry-run).\nConfig diff:\n\n%s", details, difference)), nil
	}

	if mode == machine.ApplyConfigurationRequest_TRY {
		timeout := constants.ConfigTryTimeout
		if in.TryModeTimeout != nil {
			timeout = in.TryModeTimeout.AsDuration()
		}

		details += fmt.Sprintf("\nThe config is applied in 'try' mode and will be automatically reverted back in %s", timeout)

		s.node.revertAfter(timeout, before)
	} else if err = s.node.setConfig(ctx, configres.PersistentID, wanted); err != nil {
		return nil, err
	}

	if mode != machine.ApplyConfigurationRequest_STAGED {
		if err = s.node.setConfig(ctx, configres.ActiveID, wanted); err != nil {
			return nil, err
		}
	}

	return applied(mode, warnings, details), nil
}

// effectiveMode is what becomes of the mode that was asked for, and how the machine says so.
func effectiveMode(asked machine.ApplyConfigurationRequest_Mode, maintenance bool) (machine.ApplyConfigurationRequest_Mode, string, error) {
	switch asked {
	case machine.ApplyConfigurationRequest_REBOOT: //nolint:staticcheck
		if !maintenance {
			return 0, "", status.Error(codes.Unimplemented, "the REBOOT mode is not supported, please use AUTO or NO_REBOOT modes instead")
		}

		return machine.ApplyConfigurationRequest_NO_REBOOT, "Applied configuration without a reboot", nil
	case machine.ApplyConfigurationRequest_AUTO, machine.ApplyConfigurationRequest_NO_REBOOT:
		return machine.ApplyConfigurationRequest_NO_REBOOT, "Applied configuration without a reboot", nil
	case machine.ApplyConfigurationRequest_TRY:
		return asked, "Applied configuration without a reboot", nil
	case machine.ApplyConfigurationRequest_STAGED:
		return asked, "Staged configuration to be applied after the next reboot", nil
	default:
		return 0, "", status.Errorf(codes.InvalidArgument, "incorrect mode '%s' specified for the apply config call", asked)
	}
}

func applied(mode machine.ApplyConfigurationRequest_Mode, warnings []string, details string) *machine.ApplyConfigurationResponse {
	return &machine.ApplyConfigurationResponse{
		Messages: []*machine.ApplyConfiguration{{Mode: mode, Warnings: warnings, ModeDetails: details}},
	}
}

func (s *machineService) ServiceList(context.Context, *emptypb.Empty) (*machine.ServiceListResponse, error) {
	list := &machine.ServiceList{}

	for _, one := range s.node.setup.Services {
		since := timestamppb.New(time.Now())
		list.Services = append(list.Services, &machine.ServiceInfo{
			Id:    one.ID,
			State: one.State,
			Events: &machine.ServiceEvents{
				Events: []*machine.ServiceEvent{{Msg: "Started", State: one.State, Ts: since}},
			},
			Health: &machine.ServiceHealth{
				Unknown:     one.Unknown,
				Healthy:     one.Healthy,
				LastMessage: one.Message,
				LastChange:  since,
			},
		})
	}

	return &machine.ServiceListResponse{Messages: []*machine.ServiceList{list}}, nil
}

func (s *machineService) Reboot(context.Context, *machine.RebootRequest) (*machine.RebootResponse, error) {
	return &machine.RebootResponse{Messages: []*machine.Reboot{{ActorId: actor}}}, nil
}

func (s *machineService) Reset(_ context.Context, in *machine.ResetRequest) (*machine.ResetResponse, error) {
	if len(in.GetUserDisksToWipe()) > 0 && in.Mode == machine.ResetRequest_SYSTEM_DISK {
		return nil, fmt.Errorf("reset failed: invalid input, wipe mode SYSTEM_DISK doesn't support UserDisksToWipe parameter")
	}

	if len(in.GetSystemPartitionsToWipe()) > 0 && in.Mode == machine.ResetRequest_USER_DISKS {
		return nil, fmt.Errorf("reset failed: invalid input, wipe mode USER_DISKS doesn't support SystemPartitionsToWipe parameter")
	}

	return &machine.ResetResponse{Messages: []*machine.Reset{{ActorId: actor}}}, nil
}

// Upgrade is how machines were upgraded before there was LifecycleService.
func (s *machineService) Upgrade(_ context.Context, in *machine.UpgradeRequest) (*machine.UpgradeResponse, error) {
	if s.node.setup.Installer.Missing {
		return nil, fmt.Errorf("error validating installer image %q: not found", in.GetImage())
	}

	return &machine.UpgradeResponse{
		Messages: []*machine.Upgrade{{Ack: "Upgrade request received", ActorId: actor}},
	}, nil
}

func (s *machineService) EtcdSnapshot(_ *machine.EtcdSnapshotRequest, stream machine.MachineService_EtcdSnapshotServer) error {
	if err := s.node.requireControlPlane(stream.Context(), "etcd snapshot"); err != nil {
		return err
	}

	for _, chunk := range s.node.setup.Etcd.Snapshot {
		if err := stream.Send(&common.Data{Bytes: []byte(chunk)}); err != nil {
			return err
		}
	}

	return nil
}
