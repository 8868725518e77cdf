package main

import (
	"context"
	"crypto/tls"
	"fmt"

	"github.com/siderolabs/talos/pkg/machinery/constants"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// fleet is everything that was seen: a plan has to keep it.
type fleet struct {
	// relayed is whether workers are reached through a control plane of their cluster.
	relayed bool
	// documents is whether the documents of configurations are wanted.
	documents bool

	seen    []*machine
	dials   int
	configs map[string]*tls.Config
	relays  map[string]*grpc.ClientConn
}

// look dials every control plane, and reaches workers through the first one of their cluster or dials them too.
func (f *fleet) look(ctx context.Context, asked request) error {
	f.configs = map[string]*tls.Config{}
	f.relays = map[string]*grpc.ClientConn{}
	f.seen = make([]*machine, len(asked.Machines))

	for name, one := range asked.Clusters {
		config, err := clientConfig(one.Authorities, one.Certificate, one.Key)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}

		f.configs[name] = config
	}

	if err := f.lookAtSome(ctx, asked, true); err != nil {
		return err
	}

	if f.relayed {
		if err := f.openRelays(asked); err != nil {
			return err
		}
	}

	defer func() {
		for _, relay := range f.relays {
			relay.Close() //nolint:errcheck
		}
	}()

	return f.lookAtSome(ctx, asked, false)
}

func (f *fleet) openRelays(asked request) error {
	for _, one := range asked.Machines {
		if !one.ControlPlane || f.relays[one.Cluster] != nil {
			continue
		}

		relay, err := f.dial(one)
		if err != nil {
			return err
		}

		f.relays[one.Cluster] = relay
	}

	return nil
}

// lookAtSome looks at the control planes, or at the workers.
func (f *fleet) lookAtSome(ctx context.Context, asked request, controlPlanes bool) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(asked.Parallel)

	for i, one := range asked.Machines {
		if one.ControlPlane != controlPlanes {
			continue
		}

		connection, node := f.relays[one.Cluster], one.Name

		if connection == nil {
			var err error

			if connection, err = f.dial(one); err != nil {
				return err
			}

			node = ""
		}

		group.Go(func() error {
			if node == "" {
				defer connection.Close() //nolint:errcheck
			}

			var err error

			if f.seen[i], err = lookAt(ctx, connection, node, f.documents); err != nil {
				return fmt.Errorf("%s: %w", one.Name, err)
			}

			return nil
		})
	}

	return group.Wait()
}

// dial makes a connection, which opens with its first call.
func (f *fleet) dial(one target) (*grpc.ClientConn, error) {
	f.dials++

	known, ok := f.configs[one.Cluster]
	if !ok {
		return nil, fmt.Errorf("nothing is known of cluster %s", one.Cluster)
	}

	config := known.Clone()
	config.ServerName = one.Name

	return grpc.NewClient("passthrough:///"+one.Target,
		grpc.WithTransportCredentials(credentials.NewTLS(config)),
		grpc.WithSharedWriteBuffer(true),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(constants.GRPCMaxMessageSize)),
	)
}
