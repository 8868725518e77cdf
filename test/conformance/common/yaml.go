package common

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"
	"time"

	yaml4 "go.yaml.in/yaml/v4"
	yaml3 "gopkg.in/yaml.v3"
)

type yamlCase struct {
	Yaml string `json:"yaml"`
}

// yamlReading is what both readers understood: each document as a tagged value, or the error.
type yamlReading struct {
	V3 reading `json:"v3"`
	V4 reading `json:"v4"`
}

type reading struct {
	Documents []tagged `json:"documents"`
	Error     string   `json:"error,omitempty"`
}

// tagged is a decoded value with the type that the reader gave it.
type tagged struct {
	Type string `json:"type"`
	// Text of a scalar; numbers as Go prints them.
	Text  string   `json:"text,omitempty"`
	Items []tagged `json:"items,omitempty"`
	// Entries of a map, sorted by key.
	Entries []entry `json:"entries,omitempty"`
}

type entry struct {
	Key   tagged `json:"key"`
	Value tagged `json:"value"`
}

type decoder interface{ Decode(into any) error }

// readYaml reads texts by the YAML library that this version of Talos uses and by the older one that most of
// the Kubernetes world uses.
func readYaml(request []byte) (any, error) {
	var cases []yamlCase

	if err := json.Unmarshal(request, &cases); err != nil {
		return nil, err
	}

	readings := make([]yamlReading, 0, len(cases))

	for _, one := range cases {
		text := []byte(one.Yaml)
		readings = append(readings, yamlReading{
			V3: read(yaml3.NewDecoder(bytes.NewReader(text))),
			V4: read(yaml4.NewDecoder(bytes.NewReader(text))),
		})
	}

	return readings, nil
}

func read(from decoder) reading {
	result := reading{Documents: []tagged{}}

	for {
		var value any

		err := from.Decode(&value)
		if errors.Is(err, io.EOF) {
			return result
		}

		if err != nil {
			result.Error = err.Error()

			return result
		}

		result.Documents = append(result.Documents, tag(value))
	}
}

func tag(value any) tagged {
	switch typed := value.(type) {
	case nil:
		return tagged{Type: "null"}
	case bool:
		return tagged{Type: "bool", Text: strconv.FormatBool(typed)}
	case string:
		return tagged{Type: "string", Text: typed}
	case int, int64, uint64, uint:
		return tagged{Type: "int", Text: fmt.Sprint(typed)}
	case float64:
		return tagged{Type: "float", Text: formatFloat(typed)}
	case time.Time:
		return tagged{Type: "time", Text: typed.Format(time.RFC3339Nano)}
	case []any:
		return tagged{Type: "list", Items: tagItems(typed)}
	case map[string]any:
		return tagMap(typed)
	case map[any]any:
		return tagMap(typed)
	default:
		return tagged{Type: fmt.Sprintf("%T", value), Text: fmt.Sprint(value)}
	}
}

func formatFloat(value float64) string {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return fmt.Sprint(value)
	}

	return strconv.FormatFloat(value, 'g', -1, 64)
}

func tagItems(items []any) []tagged {
	all := make([]tagged, 0, len(items))
	for _, item := range items {
		all = append(all, tag(item))
	}

	return all
}

func tagMap[Key comparable](mapping map[Key]any) tagged {
	entries := make([]entry, 0, len(mapping))
	for key, value := range mapping {
		entries = append(entries, entry{Key: tag(any(key)), Value: tag(value)})
	}

	sort.Slice(entries, func(a, b int) bool { return entries[a].Key.Text < entries[b].Key.Text })

	return tagged{Type: "map", Entries: entries}
}
