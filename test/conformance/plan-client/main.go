// Looks at machines as `ichor plan` does, by the same calls, with the clients that Talos publishes. What ichor's
// benchmark of a plan is compared with.
//
// It is called with the file of a request, with `relayed` or `dialled`, which is how it reaches workers, and with
// `documents` or `texts`, which is what it makes of configurations. It writes what it did and used to stdout as JSON.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"
)

type request struct {
	// Parallel is how many machines are looked at at a time.
	Parallel int                `json:"parallel"`
	Clusters map[string]cluster `json:"clusters"`
	Machines []target           `json:"machines"`
}

// cluster is what all machines of it are spoken to with, in PEM.
type cluster struct {
	Authorities string `json:"authorities"`
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	// Kubernetes is the same for its API.
	Kubernetes *kubernetes `json:"kubernetes"`
}

type target struct {
	Cluster string `json:"cluster"`
	// ControlPlane is whether it forwards to others of its cluster.
	ControlPlane bool `json:"controlPlane"`
	// Name is its address, which its certificate has to be for.
	Name string `json:"name"`
	// Target is where it is dialled.
	Target string `json:"target"`
}

type report struct {
	Calls    map[string]int `json:"calls"`
	Machines int            `json:"machines"`
	CPU      float64        `json:"cpuMs"`
	Peak     float64        `json:"peakMiB"`
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if len(os.Args) != 4 {
		return fmt.Errorf("usage: %s REQUEST relayed|dialled documents|texts", os.Args[0])
	}

	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		return err
	}

	var asked request

	if err = json.Unmarshal(text, &asked); err != nil {
		return err
	}

	f := &fleet{relayed: os.Args[2] == "relayed", documents: os.Args[3] == "documents"}
	if err = f.look(ctx, asked); err != nil {
		return err
	}

	nodes, err := listNodes(ctx, asked)
	if err != nil {
		return err
	}

	done := report{Calls: map[string]int{"nodes": len(nodes), "dial": f.dials}, Machines: len(f.seen)}

	for _, machine := range f.seen {
		for _, name := range machine.calls {
			done.Calls[name]++
		}
	}

	var used syscall.Rusage

	if err = syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return err
	}

	done.CPU = milliseconds(used.Utime) + milliseconds(used.Stime)
	done.Peak = float64(used.Maxrss) / 1024

	return json.NewEncoder(os.Stdout).Encode(done)
}

func milliseconds(time syscall.Timeval) float64 {
	return float64(time.Sec)*1000 + float64(time.Usec)/1000
}

func clientConfig(authorities, certificate, key string) (*tls.Config, error) {
	own, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	if err != nil {
		return nil, err
	}

	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM([]byte(authorities)) {
		return nil, errors.New("there is no authority")
	}

	return &tls.Config{
		RootCAs:      trusted,
		Certificates: []tls.Certificate{own},
		MinVersion:   tls.VersionTLS13,
	}, nil
}
