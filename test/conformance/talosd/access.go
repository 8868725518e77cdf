package main

import (
	"context"

	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

var errNotAuthorized = status.Error(codes.PermissionDenied, "not authorized")

var (
	admins    = role.MakeSet(role.Admin)
	operators = role.MakeSet(role.Admin, role.Operator)
	readers   = role.MakeSet(role.Admin, role.Operator, role.Reader)
)

// allowed says who may call what; of everything else it is admins alone.
var allowed = map[string]role.Set{
	// Readers in maintenance mode only: the call itself sees to that.
	"/machine.MachineService/ApplyConfiguration": role.MakeSet(role.Admin, role.Reader),
	"/machine.MachineService/EtcdMemberList":     role.MakeSet(role.Admin, role.Operator, role.Reader, role.EtcdBackup),
	"/machine.MachineService/EtcdSnapshot":       role.MakeSet(role.Admin, role.Operator, role.EtcdBackup),
	"/machine.MachineService/EtcdStatus":         role.MakeSet(role.Admin, role.Operator, role.Reader, role.EtcdBackup),
	"/machine.MachineService/Events":             readers,
	"/machine.MachineService/Memory":             readers,
	"/machine.MachineService/Mounts":             readers,
	"/machine.MachineService/Reboot":             operators,
	"/machine.MachineService/ServiceList":        readers,
	"/machine.MachineService/Version":            readers,
	"/machine.ImageService/Pull":                 operators,
	"/cosi.resource.State/Get":                   readers,
	"/cosi.resource.State/List":                  readers,
	"/cosi.resource.State/Watch":                 readers,
}

type rolesKey struct{}

// rolesOf is who the caller is to the machine.
func rolesOf(ctx context.Context) role.Set {
	roles, _ := ctx.Value(rolesKey{}).(role.Set)

	return roles
}

// authorize finds the roles of a caller: the organizations in the certificate, or those of a reader where the machine
// asks for no certificate.
func authorize(ctx context.Context, method string, maintenance bool) (context.Context, error) {
	roles := role.MakeSet(role.Reader)

	if !maintenance {
		from, known := peer.FromContext(ctx)
		if !known {
			return nil, errNotAuthorized
		}

		info, isTLS := from.AuthInfo.(credentials.TLSInfo)
		if !isTLS || len(info.State.PeerCertificates) == 0 {
			return nil, errNotAuthorized
		}

		roles, _ = role.Parse(info.State.PeerCertificates[0].Subject.Organization)
	}

	callers, listed := allowed[method]
	if !listed {
		callers = admins
	}

	if !callers.IncludesAny(roles) {
		return nil, errNotAuthorized
	}

	return context.WithValue(ctx, rolesKey{}, roles), nil
}

func (s *server) interceptUnary(maintenance bool) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		ctx, err := authorize(ctx, info.FullMethod, maintenance)
		if err != nil {
			return nil, err
		}

		s.node.record(ctx, info.FullMethod, request)

		return handler(ctx, request)
	}
}

func (s *server) interceptStream(maintenance bool) grpc.StreamServerInterceptor {
	return func(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		ctx, err := authorize(stream.Context(), info.FullMethod, maintenance)
		if err != nil {
			return err
		}

		return handler(service, &recordedStream{stream, ctx, s.node, info.FullMethod})
	}
}

// recordedStream records what comes and has the caller's roles in its context.
type recordedStream struct {
	grpc.ServerStream

	ctx    context.Context //nolint:containedctx
	node   *node
	method string
}

func (s *recordedStream) Context() context.Context {
	return s.ctx
}

func (s *recordedStream) RecvMsg(message any) error {
	err := s.ServerStream.RecvMsg(message)
	if err == nil {
		s.node.record(s.ctx, s.method, message)
	}

	return err
}
