package common

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"go.yaml.in/yaml/v4"
)

// referenceMark begins a reference to a secret; no other text of a configuration may hold it.
const referenceMark = "ref+"

var referenceForm = regexp.MustCompile(`^ref\+sops://[^?#]+\.sops\.yaml(\?decode=base64)?#(/[^\s#]+)$`)

// throwAwayBundle makes a fresh secrets bundle with Talos' own code and returns it as the tree of its
// YAML form (the one of `talosctl gen secrets`).
func throwAwayBundle(contract *config.VersionContract) (map[string]any, error) {
	bundle, err := secrets.NewBundle(secrets.NewClock(), contract)
	if err != nil {
		return nil, err
	}

	text, err := yaml.Marshal(bundle)
	if err != nil {
		return nil, err
	}

	var tree map[string]any

	return tree, yaml.Unmarshal(text, &tree)
}

// replaceReferences puts the bundle's values where the text has references and leaves every other byte alone,
// so that what is validated is what stands in the file.
func replaceReferences(text []byte, bundle map[string]any) ([]byte, error) {
	lines := bytes.SplitAfter(text, []byte("\n"))
	decoder := yaml.NewDecoder(bytes.NewReader(text))

	for {
		var document yaml.Node

		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return bytes.Join(lines, nil), nil
		}

		if err != nil {
			return nil, err
		}

		if err := replaceBelow(&document, lines, bundle); err != nil {
			return nil, err
		}
	}
}

func replaceBelow(node *yaml.Node, lines [][]byte, bundle map[string]any) error {
	if node.Kind == yaml.ScalarNode && strings.Contains(node.Value, referenceMark) {
		return replaceScalar(node, lines, bundle)
	}

	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 && strings.Contains(child.Value, referenceMark) {
			return fmt.Errorf("line %d: the key %q holds a reference", child.Line, child.Value)
		}

		if err := replaceBelow(child, lines, bundle); err != nil {
			return err
		}
	}

	return nil
}

func replaceScalar(node *yaml.Node, lines [][]byte, bundle map[string]any) error {
	form := referenceForm.FindStringSubmatch(node.Value)
	if form == nil {
		return fmt.Errorf("line %d: %q is not exactly one reference", node.Line, node.Value)
	}

	// What is no value of a cluster's bundle is a text that people chose, such as a password.
	value := "a password of a site"

	if strings.HasPrefix(node.Value, "ref+sops://clusters/") {
		found, err := valueAt(bundle, form[2])
		if err != nil {
			return fmt.Errorf("line %d: %q: %w", node.Line, node.Value, err)
		}

		value = found
	}

	if form[1] != "" {
		decoded, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return fmt.Errorf("line %d: %q: %w", node.Line, node.Value, err)
		}

		value = string(decoded)
	}

	quoted, err := json.Marshal(value)
	if err != nil {
		return err
	}

	// Column counts characters; before a reference there is nothing but indentation and an ASCII key.
	line := lines[node.Line-1]
	tail := line[node.Column-1:]
	written := bytes.TrimRight(tail, "\n")

	for _, quote := range []string{"", "'", "\""} {
		if string(written) == quote+node.Value+quote {
			lines[node.Line-1] = append(append(append([]byte{}, line[:node.Column-1]...), quoted...), '\n')

			return nil
		}
	}

	return fmt.Errorf("line %d: the reference %q is not written as a scalar of one line", node.Line, node.Value)
}

func valueAt(bundle map[string]any, pointer string) (string, error) {
	var value any = bundle

	for _, step := range strings.Split(pointer[1:], "/") {
		mapping, isMapping := value.(map[string]any)
		if !isMapping {
			return "", fmt.Errorf("the secrets bundle has nothing at %s", pointer)
		}

		value = mapping[step]
	}

	text, isText := value.(string)
	if !isText || text == "" {
		return "", fmt.Errorf("the secrets bundle has no text at %s", pointer)
	}

	return text, nil
}
