// A cluster's API as Kubernetes publishes its parts: the types of objects, their strict decoding, selectors, options,
// errors. Ichor's driver and the lab's simulated API are held against it; `../kube-apiserver` is the whole of it, and
// takes minutes to build.
//
// It reads one JSON object a line from stdin, first the setup and then objects to keep, and answers each with one
// line. It ends with its stdin.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// setup is PEM.
type setup struct {
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	// Clients is the authority of those who are let in.
	Clients string `json:"clients"`
}

type answer struct {
	// Problem is why nothing was done; empty where it was.
	Problem string `json:"problem"`
	// Port is where the API listens on the loopback.
	Port int `json:"port,omitempty"`
}

// longestLine bounds what a test sends.
const longestLine = 64 << 20

func serve(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, longestLine)

	if !lines.Scan() {
		return errors.Join(lines.Err(), errors.New("there is no setup"))
	}

	var wanted setup

	if err := json.Unmarshal(lines.Bytes(), &wanted); err != nil {
		return err
	}

	objects := newStore()

	port, err := listen(wanted, objects)
	if err != nil {
		return err
	}

	answers := json.NewEncoder(out)
	given := answer{Port: port}

	for {
		if err := answers.Encode(given); err != nil {
			return err
		}

		if !lines.Scan() {
			return lines.Err()
		}

		given = answer{}

		if err := objects.keep(lines.Bytes()); err != nil {
			given.Problem = err.Error()
		}
	}
}
