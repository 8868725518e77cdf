package common

import (
	"encoding"
	"fmt"
	"math"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/siderolabs/crypto/x509"
	"github.com/siderolabs/talos/pkg/machinery/config/types/block"
	"go.yaml.in/yaml/v4"
)

// typeFacts says how values of a type are read and merged.
type typeFacts struct {
	// Class is one of:
	//   bool, string, integer, float, duration, text (any other scalar): replaced, where not zero;
	//   forgetful: a scalar that is replaced even by nothing;
	//   sealed: a scalar that cannot be merged at all;
	//   url, size: scalars that are merged by their parts;
	//   pointer, list, map, struct;
	//   free: a mapping of anything; any: anything; args: a mapping whose values are replaced whole.
	Class string `json:"class"`
	// Of is the type of what a pointer points to and of the elements of a list or map.
	Of string `json:"of,omitempty"`
	// Merge of a list: append, replace, or the name of the rule for keyed lists; of a free mapping: replace or nothing.
	Merge string `json:"merge,omitempty"`
	// Min and Max of an integer.
	Min int64 `json:"min,omitempty"`
	Max int64 `json:"max,omitempty"`
	// Zero are the texts that mean the zero value.
	Zero []string `json:"zero,omitempty"`
	// Values are all texts of an enumeration.
	Values []string `json:"values,omitempty"`
	// Selects says that an element of a list can be named by a field of this type in order to be deleted.
	Selects bool `json:"selects,omitempty"`
	// Fields of a struct, by their key.
	Fields map[string]string `json:"fields,omitempty"`
	// Closed structs have fields that a patch cannot delete one by one.
	Closed bool `json:"closed,omitempty"`
	// Always are the fields that a merge touches even where the patch does not have them.
	Always []string `json:"always,omitempty"`
}

type merger interface{ Merge(other any) error }

type valueUnmarshaler interface {
	UnmarshalYAML(unmarshal func(any) error) error
}

// ownMerges are the types that bring their own merge; a type that is missing here stops the program.
var ownMerges = map[string]typeFacts{
	"Prefix":                    {Class: "text", Zero: []string{""}},
	"Addr":                      {Class: "text", Zero: []string{""}},
	"AddrPort":                  {Class: "text", Zero: []string{""}},
	"Expression":                {Class: "forgetful"},
	"ByteSize":                  {Class: "forgetful"},
	"PercentageSize":            {Class: "forgetful"},
	"Args":                      {Class: "args"},
	"ConfigFileList":            {Class: "list", Merge: "mountPath"},
	"AdmissionPluginConfigList": {Class: "list", Merge: "name"},
	"VlanList":                  {Class: "list", Merge: "vlanId"},
	"NetworkDeviceList":         {Class: "list", Merge: "interface"},
	"ImageVerificationRules":    {Class: "list", Merge: "image"},
}

type describer struct {
	types map[string]typeFacts
	seen  map[string]reflect.Type
}

// describe enters the type and all that it is made of into the table and returns its name there.
func (d *describer) describe(t reflect.Type) string {
	name := t.String()

	if before, known := d.seen[name]; known {
		if before != t {
			panic(fmt.Sprintf("two types are called %s", name))
		}

		return name
	}

	d.seen[name] = t
	d.types[name] = d.facts(t)

	return name
}

func (d *describer) facts(t reflect.Type) typeFacts {
	facts := d.classify(t)
	facts.Selects = facts.Class == "string" || t.Implements(reflect.TypeFor[fmt.Stringer]())

	return facts
}

func (d *describer) classify(t reflect.Type) typeFacts {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[merger]()) {
		facts, known := ownMerges[t.Name()]
		if !known {
			panic(fmt.Sprintf("%s has a merge of its own that this program does not know", t))
		}

		if facts.Class == "list" {
			facts.Of = d.describe(t.Elem())
		}

		return facts
	}

	switch t {
	case reflect.TypeFor[time.Duration]():
		return typeFacts{Class: "duration"}
	case reflect.TypeFor[block.Size]():
		return typeFacts{Class: "size"}
	}

	if t.Name() == "Unstructured" {
		return typeFacts{Class: "free"}
	}

	if fields := keyPair(t); len(fields) > 0 {
		d.types["pem"] = typeFacts{Class: "forgetful"}

		facts := typeFacts{Class: "struct", Closed: true, Fields: map[string]string{}, Always: fields}
		for _, field := range fields {
			facts.Fields[field] = "pem"
		}

		return facts
	}

	if isScalar(t) {
		return scalarFacts(t)
	}

	return d.compound(t)
}

// keyPair is the fields of the types for certificates and keys. They read a missing field as an empty one, and
// an empty one is not nothing: the merge takes it over.
func keyPair(t reflect.Type) []string {
	switch t {
	case reflect.TypeFor[x509.PEMEncodedCertificateAndKey]():
		return []string{"crt", "key"}
	case reflect.TypeFor[x509.PEMEncodedCertificate]():
		return []string{"crt"}
	case reflect.TypeFor[x509.PEMEncodedKey]():
		return []string{"key"}
	default:
		return nil
	}
}

func (d *describer) compound(t reflect.Type) typeFacts {
	switch t.Kind() {
	case reflect.Pointer:
		return typeFacts{Class: "pointer", Of: d.describe(t.Elem())}
	case reflect.Interface:
		return typeFacts{Class: "any"}
	case reflect.Slice:
		return typeFacts{Class: "list", Merge: "append", Of: d.describe(t.Elem())}
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			panic(fmt.Sprintf("%s has keys that are no strings", t))
		}

		if t.Elem().Kind() == reflect.Struct {
			panic(fmt.Sprintf("%s has structs for values", t))
		}

		return typeFacts{Class: "map", Of: d.describe(t.Elem())}
	case reflect.Struct:
		facts := typeFacts{Class: "struct", Fields: map[string]string{}}
		d.fields(t, &facts)

		return facts
	case reflect.Bool:
		return typeFacts{Class: "bool"}
	case reflect.String:
		return typeFacts{Class: "string"}
	case reflect.Float32, reflect.Float64:
		return typeFacts{Class: "float"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return typeFacts{Class: "integer", Min: math.MinInt64 >> (64 - t.Bits()), Max: math.MaxInt64 >> (64 - t.Bits())}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return typeFacts{Class: "integer", Max: int64(min(uint64(math.MaxUint64)>>(64-t.Bits()), math.MaxInt64))}
	default:
		panic(fmt.Sprintf("%s is of a sort that this program does not know", t))
	}
}

func (d *describer) fields(t reflect.Type, facts *typeFacts) {
	for i := range t.NumField() {
		field := t.Field(i)

		tag, tagged := field.Tag.Lookup("yaml")
		key, options, _ := strings.Cut(tag, ",")

		switch {
		case key == "-":
			continue
		case tagged && key == "" && strings.Contains(options, "inline"):
			if field.Type.Kind() != reflect.Struct {
				panic(fmt.Sprintf("%s.%s is inlined and no struct", t, field.Name))
			}

			d.fields(field.Type, facts)

			continue
		case key == "" || !field.IsExported():
			panic(fmt.Sprintf("%s.%s has no key", t, field.Name))
		}

		facts.Fields[key] = d.field(field)

		if d.isAlways(facts.Fields[key]) {
			facts.Always = append(facts.Always, key)
		}
	}
}

// field describes a field; where its tag says that the merge replaces it, under a name of its own.
func (d *describer) field(field reflect.StructField) string {
	name := d.describe(field.Type)

	if field.Tag.Get("merge") != "replace" {
		return name
	}

	facts := d.types[name]
	if facts.Class != "list" && facts.Class != "free" {
		panic(fmt.Sprintf("%s is replaced and neither a list nor free", field.Name))
	}

	facts.Merge = "replace"
	d.types[name+"!"] = facts

	return name + "!"
}

func (d *describer) isAlways(name string) bool {
	facts := d.types[name]

	switch facts.Class {
	case "bool", "forgetful", "sealed":
		return true
	case "struct":
		return len(facts.Always) > 0
	default:
		return false
	}
}

// isScalar tells the types that are written as one scalar by code of their own.
func isScalar(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct {
		return false
	}

	pointer := reflect.PointerTo(t)

	return pointer.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) ||
		pointer.Implements(reflect.TypeFor[valueUnmarshaler]()) ||
		t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

func scalarFacts(t reflect.Type) typeFacts {
	if t.Kind() != reflect.Struct {
		return typeFacts{Class: "text", Zero: zeroTexts(t), Values: enumeration(t)}
	}

	if t.NumField() == 1 && t.Field(0).Type == reflect.TypeFor[*url.URL]() {
		return typeFacts{Class: "url", Zero: zeroTexts(t)}
	}

	if isSealed(t) {
		return typeFacts{Class: "sealed"}
	}

	// Only ever an element of a list that is merged whole.
	return typeFacts{Class: "text"}
}

// isSealed tells the structs with a hidden field that the merge would have to set: it gives up there.
func isSealed(t reflect.Type) bool {
	for i := range t.NumField() {
		field := t.Field(i)

		switch {
		case field.Type.Kind() == reflect.Pointer || field.Type.Kind() == reflect.Slice:
			panic(fmt.Sprintf("%s.%s: unknown how that merges", t, field.Name))
		case !field.IsExported(), field.Type.Kind() == reflect.Struct && isSealed(field.Type):
			return true
		}
	}

	return false
}

// zeroTexts are the texts that are read as the zero value, which a merge skips.
func zeroTexts(t reflect.Type) []string {
	candidates := []string{"", "0"}
	if text, marshals := reflect.New(t).Interface().(encoding.TextMarshaler); marshals {
		if zero, err := text.MarshalText(); err == nil {
			candidates = append(candidates, strings.ToLower(string(zero)))
		}
	}

	var zero []string

	for _, candidate := range candidates {
		value := reflect.New(t)

		if err := read(candidate, value); err == nil && value.Elem().IsZero() && !slices.Contains(zero, candidate) {
			zero = append(zero, candidate)
		}
	}

	return zero
}

// enumerationMost tells names from a range of numbers.
const enumerationMost = 40

// enumeration lists the texts of a type that is a number with names.
func enumeration(t reflect.Type) []string {
	if !reflect.New(t).Elem().CanInt() && !reflect.New(t).Elem().CanUint() {
		return nil
	}

	if !t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return nil
	}

	var values []string

	for number := range 256 {
		value := reflect.New(t)
		value.Elem().Set(reflect.ValueOf(number).Convert(t))

		text, err := value.Interface().(encoding.TextMarshaler).MarshalText()
		if err != nil {
			continue
		}

		back := reflect.New(t)
		if read(string(text), back) == nil && back.Elem().Equal(value.Elem()) {
			values = append(values, string(text))
		}
	}

	if len(values) > enumerationMost {
		return nil
	}

	return values
}

// read reads a scalar of YAML as the type of the pointer does.
func read(text string, into reflect.Value) error {
	if reader, reads := into.Interface().(encoding.TextUnmarshaler); reads {
		return reader.UnmarshalText([]byte(text))
	}

	return yaml.Unmarshal(fmt.Appendf(nil, "%q", text), into.Interface())
}
