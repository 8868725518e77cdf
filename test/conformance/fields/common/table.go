// Package common prints what Talos' own Go types say about the documents of a machine configuration:
// which kinds and fields there are, and how a strategic merge treats each of them.
package common

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"sync"
	_ "unsafe" // for go:linkname

	"github.com/siderolabs/talos/pkg/machinery/config/config"
	_ "github.com/siderolabs/talos/pkg/machinery/config/configloader" // registers all kinds
)

// kindFacts is what holds for all documents of a kind.
type kindFacts struct {
	// Type is a key of table.Types.
	Type string `json:"type"`
	// Named documents are told apart by their field `name`.
	Named bool `json:"named,omitempty"`
	// ControlPlane documents are refused on workers.
	ControlPlane bool `json:"controlPlane,omitempty"`
	// Link documents configure the network link of their name, which only one document may do.
	Link bool `json:"link,omitempty"`
	// Conflicts are kinds that may not have a document of the same name. Not said of links, which all conflict.
	Conflicts []string `json:"conflicts,omitempty"`
	// Replaces are fields of the v1alpha1 document that may not be set beside this one.
	Replaces []replacedField `json:"replaces,omitempty"`
}

type table struct {
	Kinds map[string]kindFacts `json:"kinds"`
	Types map[string]typeFacts `json:"types"`
}

// documentRegistry has the shape of Talos' registry of kinds, which no exported function lists in all versions.
type documentRegistry struct {
	_          sync.Mutex
	registered map[string]func(version string) config.Document
}

//go:linkname talosRegistry github.com/siderolabs/talos/pkg/machinery/config/internal/registry.registry
var talosRegistry *documentRegistry

// Main prints the table as JSON.
func Main() {
	facts := table{Kinds: map[string]kindFacts{}, Types: map[string]typeFacts{}}
	describer := describer{types: facts.Types, seen: map[string]reflect.Type{}}

	for kind, create := range talosRegistry.registered {
		document := create("v1alpha1")
		facts.Kinds[kind] = describeKind(document, describer.describe(reflect.TypeOf(document).Elem()))
	}

	if err := json.NewEncoder(os.Stdout).Encode(facts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func describeKind(document config.Document, typeName string) kindFacts {
	facts := kindFacts{Type: typeName}

	_, facts.Named = document.(config.NamedDocument)
	_, facts.ControlPlane = document.(interface{ ControlplaneOnlyDocument() })
	_, facts.Link = document.(config.NetworkCommonLinkConfig)

	if conflicting, conflicts := document.(config.ConflictingDocument); conflicts && !facts.Link {
		facts.Conflicts = slices.Sorted(slices.Values(conflicting.ConflictsWithKinds()))
	}

	facts.Replaces = replacedFields(document)

	return facts
}
