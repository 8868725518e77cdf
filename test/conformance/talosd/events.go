package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/anypb"
)

// eventSetup is an event that a test wants to happen.
type eventSetup struct {
	// Type is the full name of a message: `machine.SequenceEvent`.
	Type string `json:"type"`
	// Message is in the JSON form of protocol buffers.
	Message json.RawMessage `json:"message"`
	// Actor is who caused it.
	Actor string `json:"actor"`
}

// events are told to all who listen at that moment.
type events struct {
	mu        sync.Mutex
	count     int
	listeners map[chan *machine.Event]struct{}
}

func newEvents() *events {
	return &events{listeners: map[chan *machine.Event]struct{}{}}
}

// event is an event as Talos' runtime.NewEvent and ToMachineEvent make it; one without a payload has no type.
func (e *events) event(payload proto.Message, actor string) (*machine.Event, error) {
	e.count++
	made := &machine.Event{Id: fmt.Sprintf("%08x%012d", time.Now().Unix(), e.count), ActorId: actor, Data: &anypb.Any{}}

	if payload == nil {
		return made, nil
	}

	value, err := proto.Marshal(payload)
	made.Data = &anypb.Any{
		TypeUrl: fmt.Sprintf("talos/runtime/%s", payload.ProtoReflect().Descriptor().FullName()),
		Value:   value,
	}

	return made, err
}

func (e *events) publish(payload proto.Message, actor string) error {
	e.mu.Lock()
	defer e.mu.Unlock()

	made, err := e.event(payload, actor)
	if err != nil {
		return err
	}

	for listener := range e.listeners {
		listener <- made
	}

	return nil
}

func (e *events) publishJSON(wanted eventSetup) error {
	messageType, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(wanted.Type))
	if err != nil {
		return err
	}

	payload := messageType.New().Interface()

	if err = protojson.Unmarshal(wanted.Message, payload); err != nil {
		return err
	}

	return e.publish(payload, wanted.Actor)
}

// backlog is how many events may wait for a listener; tests publish a few.
const backlog = 1000

// Events is as in Talos: an empty event says that the stream has begun. Here is no past that could be asked for.
func (s *machineService) Events(_ *machine.EventsRequest, stream machine.MachineService_EventsServer) error {
	all := s.node.events
	listener := make(chan *machine.Event, backlog)

	all.mu.Lock()
	next, err := all.event(nil, "")
	all.listeners[listener] = struct{}{}
	all.mu.Unlock()

	defer func() {
		all.mu.Lock()
		defer all.mu.Unlock()

		delete(all.listeners, listener)
	}()

	for err == nil {
		if err = stream.Send(next); err != nil {
			break
		}

		select {
		case <-stream.Context().Done():
			return stream.Context().Err()
		case next = <-listener:
		}
	}

	return err
}

// publishStatus tells of changes of the machine's status as Talos' MachineStatusPublisherController does.
func (n *node) publishStatus(ctx context.Context) error {
	changes := make(chan state.Event)

	err := n.resources.Watch(ctx,
		resource.NewMetadata(runtime.NamespaceName, runtime.MachineStatusType, runtime.MachineStatusID, resource.VersionUndefined),
		changes,
	)
	if err != nil {
		return err
	}

	go func() {
		for change := range changes {
			status, isStatus := change.Resource.(*runtime.MachineStatus)
			if !isStatus || change.Type != state.Updated {
				continue
			}

			spec := status.TypedSpec()
			told := &machine.MachineStatusEvent_MachineStatus{Ready: spec.Status.Ready}

			for _, unmet := range spec.Status.UnmetConditions {
				told.UnmetConditions = append(told.UnmetConditions,
					&machine.MachineStatusEvent_MachineStatus_UnmetCondition{Name: unmet.Name, Reason: unmet.Reason})
			}

			n.events.publish(&machine.MachineStatusEvent{ //nolint:errcheck
				Stage:  machine.MachineStatusEvent_MachineStage(spec.Stage),
				Status: told,
			}, "")
		}
	}()

	return nil
}
