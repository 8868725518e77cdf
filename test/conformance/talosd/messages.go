package main

import (
	cosi "github.com/cosi-project/runtime/api/v1alpha1"
	"github.com/siderolabs/talos/pkg/machinery/api/common"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// description is what the wire knows of messages, enums and services, by their full names.
type description struct {
	Messages map[string]map[string]fieldDescription  `json:"messages"`
	Enums    map[string]map[string]int32             `json:"enums"`
	Services map[string]map[string]methodDescription `json:"services"`
}

type fieldDescription struct {
	Number int32 `json:"number"`
	// Kind is `uint64`, `message`, `enum` and so on.
	Kind     string `json:"kind"`
	Repeated bool   `json:"repeated"`
	// Type is the full name of a message or an enum.
	Type string `json:"type,omitempty"`
}

type methodDescription struct {
	Input  string `json:"input"`
	Output string `json:"output"`
	// Streams: the client or the server sends many.
	ClientStreams bool `json:"clientStreams"`
	ServerStreams bool `json:"serverStreams"`
}

// describeMessages describes what Talos and its state server speak.
func describeMessages() description {
	all := description{
		Messages: map[string]map[string]fieldDescription{},
		Enums:    map[string]map[string]int32{},
		Services: map[string]map[string]methodDescription{},
	}

	for _, file := range []protoreflect.FileDescriptor{
		machine.File_machine_machine_proto,
		machine.File_machine_lifecycle_proto,
		machine.File_machine_image_proto,
		common.File_common_common_proto,
		cosi.File_v1alpha1_state_proto,
		cosi.File_v1alpha1_resource_proto,
	} {
		all.addMessages(file.Messages())
		all.addEnums(file.Enums())

		for i := range file.Services().Len() {
			all.addService(file.Services().Get(i))
		}
	}

	return all
}

func (d description) addMessages(messages protoreflect.MessageDescriptors) {
	for i := range messages.Len() {
		message := messages.Get(i)
		fields := map[string]fieldDescription{}

		for j := range message.Fields().Len() {
			field := message.Fields().Get(j)
			one := fieldDescription{
				Number:   int32(field.Number()),
				Kind:     field.Kind().String(),
				Repeated: field.Cardinality() == protoreflect.Repeated,
			}

			if field.Message() != nil {
				one.Type = string(field.Message().FullName())
			}

			if field.Enum() != nil {
				one.Type = string(field.Enum().FullName())
			}

			fields[string(field.Name())] = one
		}

		d.Messages[string(message.FullName())] = fields

		d.addMessages(message.Messages())
		d.addEnums(message.Enums())
	}
}

func (d description) addEnums(enums protoreflect.EnumDescriptors) {
	for i := range enums.Len() {
		enum := enums.Get(i)
		values := map[string]int32{}

		for j := range enum.Values().Len() {
			values[string(enum.Values().Get(j).Name())] = int32(enum.Values().Get(j).Number())
		}

		d.Enums[string(enum.FullName())] = values
	}
}

func (d description) addService(service protoreflect.ServiceDescriptor) {
	methods := map[string]methodDescription{}

	for i := range service.Methods().Len() {
		method := service.Methods().Get(i)
		methods[string(method.Name())] = methodDescription{
			Input:         string(method.Input().FullName()),
			Output:        string(method.Output().FullName()),
			ClientStreams: method.IsStreamingClient(),
			ServerStreams: method.IsStreamingServer(),
		}
	}

	d.Services[string(service.FullName())] = methods
}
