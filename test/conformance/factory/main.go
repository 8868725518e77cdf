// The conformance program of the Image Factory: what it makes of a schematic.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/siderolabs/image-factory/pkg/schematic"
)

type identity struct {
	ID string `json:"id"`
	// Canonical is the text that the ID is the SHA-256 of.
	Canonical string `json:"canonical"`
	Error     string `json:"error,omitempty"`
}

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	if len(os.Args) != 2 || os.Args[1] != "schematic" {
		return fmt.Errorf("usage: %s schematic < request.json > result.json", os.Args[0])
	}

	request, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}

	var texts []string

	if err := json.Unmarshal(request, &texts); err != nil {
		return err
	}

	identities := make([]identity, 0, len(texts))
	for _, text := range texts {
		identities = append(identities, identify(text))
	}

	return json.NewEncoder(os.Stdout).Encode(identities)
}

func identify(text string) identity {
	parsed, err := schematic.Unmarshal([]byte(text))
	if err != nil {
		return identity{Error: err.Error()}
	}

	canonical, err := parsed.Marshal()
	if err != nil {
		return identity{Error: err.Error()}
	}

	id, err := parsed.ID()
	if err != nil {
		return identity{Error: err.Error()}
	}

	return identity{ID: id, Canonical: string(canonical)}
}
