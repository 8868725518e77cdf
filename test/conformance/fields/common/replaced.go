package common

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/config/config"
	"github.com/siderolabs/talos/pkg/machinery/config/types/v1alpha1"
)

// replacedField is a field of the v1alpha1 document that a document of another kind refuses to have beside it.
type replacedField struct {
	Path string `json:"path"`
	// NonZero fields are refused only where their value is not false, empty or 0.
	NonZero bool `json:"nonZero,omitempty"`
	// Beside is the field of the document that has to be set for that; without it, any document refuses.
	Beside string `json:"beside,omitempty"`
	// Name is the name of the document that refuses; without it, all do.
	Name string `json:"name,omitempty"`
}

// v1alpha1Judge refuses fields of the v1alpha1 document that its own document replaces.
type v1alpha1Judge interface {
	V1Alpha1ConflictValidate(*v1alpha1.Config) error
}

// systemVolumes are the only names that a judge asks for.
var systemVolumes = []string{"EPHEMERAL", "STATE"}

// replacedFields asks a document which fields it refuses: it is shown one v1alpha1 document after another with
// nothing but one field set, while the document itself has nothing but its name and at most one field set.
func replacedFields(document config.Document) []replacedField {
	if _, judges := document.(v1alpha1Judge); !judges {
		return nil
	}

	var fields []replacedField

	for _, beside := range append([]string{""}, topKeys(document)...) {
		first, second := refusedPaths(document, systemVolumes[0], beside), refusedPaths(document, systemVolumes[1], beside)

		for i, paths := range [][]refusedPath{first, second} {
			for _, path := range paths {
				field := replacedField{Path: path.key, NonZero: path.nonZero, Beside: beside, Name: systemVolumes[i]}
				if slices.Contains(first, path) && slices.Contains(second, path) {
					field.Name = ""
				}

				any := field
				any.Beside = ""

				isTold := slices.Contains(fields, any) || slices.Contains(fields, field)
				if !isTold {
					fields = append(fields, field)
				}
			}
		}
	}

	slices.SortFunc(fields, func(a, b replacedField) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Beside, b.Beside))
	})

	return fields
}

type refusedPath struct {
	key     string
	nonZero bool
}

func refusedPaths(document config.Document, name, beside string) []refusedPath {
	var found []refusedPath

	refuses := func(index []int, text string) bool {
		return judges(documentWith(document, name, beside), configWith(index, text))
	}

	probe(reflect.TypeFor[v1alpha1.Config](), nil, nil, func(path []string, index []int) bool {
		// A name server has to be an address, and nothing else asks what a text says.
		refused := refuses(index, "x") || refuses(index, "192.0.2.1")
		if refused {
			found = append(found, refusedPath{key: strings.Join(path, "."), nonZero: !refuses(index, "")})
		}

		return refused
	})

	return found
}

// judges reports whether the document refuses the configuration; a crash of the judge is no answer.
func judges(document config.Document, shown *v1alpha1.Config) (refused bool) {
	defer func() {
		if recover() != nil {
			refused = false
		}
	}()

	return document.(v1alpha1Judge).V1Alpha1ConflictValidate(shown) != nil
}

// topKeys are the keys of the document itself.
func topKeys(document config.Document) []string {
	var keys []string

	for _, field := range reflect.VisibleFields(reflect.TypeOf(document).Elem()) {
		if key := yamlKey(field); key != "" && len(field.Index) == 1 && key != "name" {
			keys = append(keys, key)
		}
	}

	return keys
}

// documentWith copies the document's type and sets its name and the field with this key.
func documentWith(document config.Document, name, key string) config.Document {
	made := reflect.New(reflect.TypeOf(document).Elem())

	for i := range made.Elem().NumField() {
		switch yamlKey(made.Elem().Type().Field(i)) {
		case "":
		case "name":
			fill(made.Elem().Field(i), 1, name)
		case key:
			fill(made.Elem().Field(i), 4, "x")
		}
	}

	return made.Interface().(config.Document)
}

// probe shows every path down to four steps, and below a path only where it was not refused itself.
func probe(t reflect.Type, path []string, index []int, show func([]string, []int) bool) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}

	if t.Kind() != reflect.Struct || len(path) == 4 {
		return
	}

	for i := range t.NumField() {
		key := yamlKey(t.Field(i))
		if key == "" {
			continue
		}

		here, there := append(slices.Clone(path), key), append(slices.Clone(index), i)
		if len(path) == 0 || !show(here, there) {
			probe(t.Field(i).Type, here, there, show)
		}
	}
}

// yamlKey is the key of an exported field; empty for a field without one.
func yamlKey(field reflect.StructField) string {
	key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
	if key == "-" || !field.IsExported() {
		return ""
	}

	return key
}

// configWith makes a v1alpha1 document in which only the field at the index path is set.
func configWith(index []int, text string) *v1alpha1.Config {
	made := &v1alpha1.Config{MachineConfig: &v1alpha1.MachineConfig{}, ClusterConfig: &v1alpha1.ClusterConfig{}}
	value := reflect.ValueOf(made).Elem()

	for _, i := range index {
		if value.Kind() == reflect.Pointer {
			if value.IsNil() {
				value.Set(reflect.New(value.Type().Elem()))
			}

			value = value.Elem()
		}

		value = value.Field(i)
	}

	fill(value, 0, text)

	return made
}

// fill sets a value to something that is not zero, so many structs deep; strings to the text. An empty
// text makes what pointers and lists hold zero.
func fill(value reflect.Value, depth int, text string) {
	if !value.CanSet() {
		return
	}

	switch value.Kind() {
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		fill(value.Elem(), depth, text)
	case reflect.Struct:
		// A free mapping is a struct around a map, and one value to everybody else.
		for i := 0; (depth > 0 || value.Type().Name() == "Unstructured") && i < value.NumField(); i++ {
			fill(value.Field(i), depth-1, text)
		}
	case reflect.Slice:
		value.Set(reflect.MakeSlice(value.Type(), 1, 1))
		fill(value.Index(0), depth-1, text)
	case reflect.Map:
		value.Set(reflect.MakeMap(value.Type()))
		value.SetMapIndex(reflect.ValueOf(text).Convert(value.Type().Key()), reflect.Zero(value.Type().Elem()))
	case reflect.String:
		value.SetString(text)
	case reflect.Bool:
		value.SetBool(text != "")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		value.SetInt(int64(min(1, len(text))))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		value.SetUint(uint64(min(1, len(text))))
	default:
	}
}
