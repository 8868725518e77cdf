package main

import (
	"context"
	"slices"
	"sync"

	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/resources/v1alpha1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

type etcdSetup struct {
	// Members of the cluster as this machine sees it; none before it was bootstrapped.
	Members []memberSetup `json:"members"`
	// Self and Leader are members' numbers.
	Self   uint64 `json:"self,string"`
	Leader uint64 `json:"leader,string"`
	// RaftIndex and the rest are what the machine's own member says of itself.
	RaftIndex uint64   `json:"raftIndex,string"`
	Errors    []string `json:"errors"`
	// Snapshot comes in these pieces.
	Snapshot []string `json:"snapshot"`
}

type memberSetup struct {
	ID        uint64   `json:"id,string"`
	Hostname  string   `json:"hostname"`
	PeerURLs  []string `json:"peerUrls"`
	IsLearner bool     `json:"isLearner"`
}

// etcdState is the list of members, which calls change.
type etcdState struct {
	mu      sync.Mutex
	setup   etcdSetup
	members []memberSetup
	leader  uint64
}

func newEtcd(wanted etcdSetup) *etcdState {
	return &etcdState{setup: wanted, members: slices.Clone(wanted.Members), leader: wanted.Leader}
}

// errNoEtcd is what becomes of a call to an etcd that does not run.
var errNoEtcd = status.Error(codes.Unavailable, "connection error: desc = \"transport: Error while dialing: dial tcp 127.0.0.1:2379: connect: connection refused\"")

func (s *machineService) Bootstrap(ctx context.Context, _ *machine.BootstrapRequest) (*machine.BootstrapResponse, error) {
	cri, err := safe.StateGetByID[*v1alpha1.Service](ctx, s.node.resources, "cri")
	if err != nil || !cri.TypedSpec().Running || !cri.TypedSpec().Healthy {
		return nil, status.Error(codes.FailedPrecondition, "bootstrap is not available yet")
	}

	if err = s.node.requireControlPlane(ctx, "bootstrap"); err != nil {
		return nil, err
	}

	etcd := s.node.etcd
	etcd.mu.Lock()
	defer etcd.mu.Unlock()

	if len(etcd.members) > 0 {
		return nil, status.Error(codes.AlreadyExists, "etcd data directory is not empty")
	}

	etcd.members = []memberSetup{{ID: etcd.setup.Self, Hostname: "talosd"}}
	etcd.leader = etcd.setup.Self

	return &machine.BootstrapResponse{Messages: []*machine.Bootstrap{{}}}, nil
}

func (s *machineService) EtcdMemberList(ctx context.Context, _ *machine.EtcdMemberListRequest) (*machine.EtcdMemberListResponse, error) {
	if err := s.node.requireControlPlane(ctx, "member list"); err != nil {
		return nil, err
	}

	etcd := s.node.etcd
	etcd.mu.Lock()
	defer etcd.mu.Unlock()

	if len(etcd.members) == 0 {
		return nil, errNoEtcd
	}

	list := &machine.EtcdMembers{}

	for _, member := range etcd.members {
		list.LegacyMembers = append(list.LegacyMembers, member.Hostname)
		list.Members = append(list.Members, &machine.EtcdMember{
			Id:         member.ID,
			Hostname:   member.Hostname,
			PeerUrls:   member.PeerURLs,
			ClientUrls: []string{"https://127.0.0.1:2379"},
			IsLearner:  member.IsLearner,
		})
	}

	return &machine.EtcdMemberListResponse{Messages: []*machine.EtcdMembers{list}}, nil
}

func (s *machineService) EtcdStatus(ctx context.Context, _ *emptypb.Empty) (*machine.EtcdStatusResponse, error) {
	if err := s.node.requireControlPlane(ctx, "etcd status"); err != nil {
		return nil, err
	}

	etcd := s.node.etcd
	etcd.mu.Lock()
	defer etcd.mu.Unlock()

	at := slices.IndexFunc(etcd.members, func(member memberSetup) bool { return member.ID == etcd.setup.Self })
	if at < 0 {
		return nil, errNoEtcd
	}

	return &machine.EtcdStatusResponse{
		Messages: []*machine.EtcdStatus{{
			MemberStatus: &machine.EtcdMemberStatus{
				MemberId:         etcd.setup.Self,
				ProtocolVersion:  "3.6.5",
				StorageVersion:   "3.6.0",
				DbSize:           1 << 40,
				DbSizeInUse:      1 << 39,
				Leader:           etcd.leader,
				RaftIndex:        etcd.setup.RaftIndex,
				RaftTerm:         7,
				RaftAppliedIndex: etcd.setup.RaftIndex,
				Errors:           etcd.setup.Errors,
				IsLearner:        etcd.members[at].IsLearner,
			},
		}},
	}, nil
}

func (s *machineService) EtcdForfeitLeadership(ctx context.Context, _ *machine.EtcdForfeitLeadershipRequest) (*machine.EtcdForfeitLeadershipResponse, error) {
	if err := s.node.requireControlPlane(ctx, "etcd forfeit leadership"); err != nil {
		return nil, err
	}

	etcd := s.node.etcd
	etcd.mu.Lock()
	defer etcd.mu.Unlock()

	if len(etcd.members) == 1 {
		return nil, status.Error(codes.Unknown, "failed to forfeit leadership: cannot forfeit leadership, only one member")
	}

	next := ""

	// Who does not lead has nothing to give up.
	if etcd.leader == etcd.setup.Self {
		for _, member := range etcd.members {
			if member.ID != etcd.setup.Self {
				next, etcd.leader = member.Hostname, member.ID

				break
			}
		}
	}

	return &machine.EtcdForfeitLeadershipResponse{Messages: []*machine.EtcdForfeitLeadership{{Member: next}}}, nil
}

func (s *machineService) EtcdRemoveMemberByID(ctx context.Context, in *machine.EtcdRemoveMemberByIDRequest) (*machine.EtcdRemoveMemberByIDResponse, error) {
	if err := s.node.requireControlPlane(ctx, "etcd remove member"); err != nil {
		return nil, err
	}

	etcd := s.node.etcd
	etcd.mu.Lock()
	defer etcd.mu.Unlock()

	before := len(etcd.members)
	etcd.members = slices.DeleteFunc(etcd.members, func(member memberSetup) bool { return member.ID == in.MemberId })

	if len(etcd.members) == before {
		return nil, status.Errorf(codes.NotFound, "failed to remove member %d: etcdserver: member not found", in.MemberId)
	}

	return &machine.EtcdRemoveMemberByIDResponse{Messages: []*machine.EtcdRemoveMemberByID{{}}}, nil
}
