package main

import (
	"strings"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

type installerSetup struct {
	// Legacy machines have MachineService.Upgrade alone.
	Legacy bool `json:"legacy"`
	// Missing: no registry has the image.
	Missing bool `json:"missing"`
	// Lines are what the installer says.
	Lines    []string `json:"lines"`
	ExitCode int32    `json:"exitCode"`
}

// digest is that of every image.
const digest = "sha256:6c3f5b6d0b4f0a5c8e5d3f1f2a4b7c9d8e0f1a2b3c4d5e6f708192a3b4c5d6e7"

type imageService struct {
	machine.UnimplementedImageServiceServer

	node *node
}

type lifecycleService struct {
	machine.UnimplementedLifecycleServiceServer

	node *node
}

// checkContainerd refuses what names no place for images.
func checkContainerd(in *common.ContainerdInstance) error {
	switch namespace := in.GetNamespace(); {
	case namespace != common.ContainerdNamespace_NS_SYSTEM && namespace != common.ContainerdNamespace_NS_CRI:
		return status.Errorf(codes.InvalidArgument, "invalid containerd namespace %s", namespace)
	case namespace == common.ContainerdNamespace_NS_CRI && in.GetDriver() == common.ContainerDriver_CONTAINERD:
		return status.Errorf(codes.InvalidArgument, "cannot use CRI namespace with containerd driver")
	default:
		return nil
	}
}

func (s *imageService) Pull(in *machine.ImageServicePullRequest, stream grpc.ServerStreamingServer[machine.ImageServicePullResponse]) error {
	if err := checkContainerd(in.GetContainerd()); err != nil {
		return err
	}

	if s.node.setup.Installer.Missing {
		return status.Errorf(codes.NotFound, "error pulling image: failed to resolve reference %q: %s: not found", in.GetImageRef(), in.GetImageRef())
	}

	for offset := int64(0); offset <= 1<<33; offset += 1 << 32 {
		err := stream.Send(&machine.ImageServicePullResponse{
			Response: &machine.ImageServicePullResponse_PullProgress{
				PullProgress: &machine.ImageServicePullProgress{
					LayerId: digest,
					Progress: &machine.ImageServicePullLayerProgress{
						Status:  machine.ImageServicePullLayerProgress_DOWNLOADING,
						Elapsed: durationpb.New(time.Second),
						Offset:  offset,
						Total:   1 << 33,
					},
				},
			},
		})
		if err != nil {
			return err
		}
	}

	// The image has the name it was asked for and one that says which it is.
	name := in.GetImageRef()
	if at := strings.LastIndex(name, ":"); at > strings.LastIndex(name, "/") {
		name = name[:at]
	}

	pinned := name + "@" + digest

	s.node.mu.Lock()
	s.node.images[in.GetImageRef()], s.node.images[pinned] = true, true
	s.node.mu.Unlock()

	return stream.Send(&machine.ImageServicePullResponse{
		Response: &machine.ImageServicePullResponse_Name{Name: pinned},
	})
}

func (s *lifecycleService) Upgrade(in *machine.LifecycleServiceUpgradeRequest, stream grpc.ServerStreamingServer[machine.LifecycleServiceUpgradeResponse]) error {
	if !s.node.installing.TryLock() {
		return status.Error(codes.FailedPrecondition, "another installation/upgrade is already in progress")
	}
	defer s.node.installing.Unlock()

	image := in.GetSource().GetImageName()
	if image == "" {
		return status.Error(codes.InvalidArgument, "installer image name is required")
	}

	if err := checkContainerd(in.GetContainerd()); err != nil {
		return status.Errorf(codes.Internal, "upgrade failed: %v", err)
	}

	s.node.mu.Lock()
	pulled := s.node.images[image]
	s.node.mu.Unlock()

	if !pulled {
		return status.Errorf(codes.Internal, "upgrade failed: installer image %q not found in containerd store: image %q: not found", image, image)
	}

	for _, line := range s.node.setup.Installer.Lines {
		if err := sendProgress(stream, &machine.LifecycleServiceInstallProgress{
			Response: &machine.LifecycleServiceInstallProgress_Message{Message: line + "\n"},
		}); err != nil {
			return err
		}
	}

	return sendProgress(stream, &machine.LifecycleServiceInstallProgress{
		Response: &machine.LifecycleServiceInstallProgress_ExitCode{ExitCode: s.node.setup.Installer.ExitCode},
	})
}

func sendProgress(stream grpc.ServerStreamingServer[machine.LifecycleServiceUpgradeResponse], progress *machine.LifecycleServiceInstallProgress) error {
	return stream.Send(&machine.LifecycleServiceUpgradeResponse{Progress: progress})
}
