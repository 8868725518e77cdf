// A machine as its API shows it, made of what Talos publishes: the messages and services, the loader and validator
// of machine configurations, the resources and the server that serves them. Ichor's driver and its simulated machines
// are held against it.
//
// It reads one JSON object a line from stdin, first the machine and then commands, and answers each with one line. It
// ends with its stdin.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	var err error

	switch {
	case len(os.Args) == 1:
		err = serve(os.Stdin, os.Stdout)
	case len(os.Args) == 2 && os.Args[1] == "messages":
		err = json.NewEncoder(os.Stdout).Encode(describeMessages())
	default:
		err = fmt.Errorf("usage: %s [messages]", os.Args[0])
	}

	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// command is what a test does to the machine from outside.
type command struct {
	// Do is one of `set`, `remove`, `publish`, `restart`, `drop`, `calls`.
	Do string `json:"do"`
	// Resource is what `set` writes and `remove` removes.
	Resource resourceSetup `json:"resource"`
	// Event is what `publish` tells those who listen.
	Event eventSetup `json:"event"`
	// Maintenance is how `restart` comes back.
	Maintenance bool `json:"maintenance"`
}

type answer struct {
	// Problem is why nothing was done; empty where it was.
	Problem string `json:"problem"`
	// Address is where the machine listens.
	Address string `json:"address,omitempty"`
	// Fingerprint is that of the machine's public key, as Talos shows it on its console.
	Fingerprint string `json:"fingerprint,omitempty"`
	Calls       []call `json:"calls,omitempty"`
}

// longestLine bounds what a test sends: there are machine configurations of some megabytes.
const longestLine = 64 << 20

func serve(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, longestLine)

	if !lines.Scan() {
		return errors.Join(lines.Err(), errors.New("there is no machine"))
	}

	var wanted setup

	if err := json.Unmarshal(lines.Bytes(), &wanted); err != nil {
		return err
	}

	n, err := newNode(context.Background(), wanted)
	if err != nil {
		return err
	}

	api := &server{node: n, address: wanted.Address}

	reply, err := api.start(wanted.Maintenance)
	if err != nil {
		return err
	}

	replies := json.NewEncoder(out)

	for {
		if err = replies.Encode(reply); err != nil {
			return err
		}

		if !lines.Scan() {
			return lines.Err()
		}

		if reply, err = obey(context.Background(), api, lines.Bytes()); err != nil {
			reply = answer{Problem: err.Error()}
		}
	}
}

func obey(ctx context.Context, api *server, line []byte) (answer, error) {
	var wanted command

	if err := json.Unmarshal(line, &wanted); err != nil {
		return answer{}, err
	}

	switch wanted.Do {
	case "set":
		return answer{}, api.node.setResource(ctx, wanted.Resource)
	case "remove":
		return answer{}, api.node.removeResource(ctx, wanted.Resource)
	case "publish":
		return answer{}, api.node.events.publishJSON(wanted.Event)
	case "restart":
		api.stop()

		return api.start(wanted.Maintenance)
	case "drop":
		api.connections.drop()

		return answer{}, nil
	case "calls":
		return answer{Calls: api.node.recorded()}, nil
	default:
		return answer{}, fmt.Errorf("there is no command %q", wanted.Do)
	}
}
