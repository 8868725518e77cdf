// Package common is what the conformance programs of all Talos versions have in common: Talos' own code
// behind sub-commands that read one JSON request and write one JSON result.
package common

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/siderolabs/talos/pkg/machinery/config"
)

// Command answers one JSON request. An error means that the request itself cannot be served;
// what Talos thinks of a configuration is part of the result.
type Command func(request []byte) (any, error)

// TalosCommands are the sub-commands of a program that is built against one version of Talos' machinery.
func TalosCommands(contract *config.VersionContract) map[string]Command {
	return map[string]Command{
		"bundle":       func(request []byte) (any, error) { return loadBundles(request, contract) },
		"certificates": readCertificates,
		"gen":          func(request []byte) (any, error) { return generate(request, contract) },
		"mtls-dial":    dialMutualTLS,
		"mtls-serve":   serveMutualTLS,
		"patch":        patchAll,
		"talosconfig":  readTalosconfig,
		"validate":     func(request []byte) (any, error) { return validateAll(request, contract) },
		"yaml":         readYaml,
	}
}

// Serve runs the sub-command named by the first argument and exits.
func Serve(commands map[string]Command) {
	if err := serve(commands); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(commands map[string]Command) error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: %s COMMAND < request.json > result.json", os.Args[0])
	}

	command, known := commands[os.Args[1]]
	if !known {
		return fmt.Errorf("there is no sub-command %q", os.Args[1])
	}

	request, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}

	result, err := command(request)
	if err != nil {
		return err
	}

	return json.NewEncoder(os.Stdout).Encode(result)
}
