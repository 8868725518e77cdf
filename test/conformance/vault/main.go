// The conformance program of Vault's key-value engine: the real engine in memory behind HTTP on a port of its own.
//
// What lies around the engine in a Vault is ours: tokens and what they may read, the logins, the namespaces, the
// question for a path's mount. It prints its address and ends when its standard input does.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	vault, err := newVault()
	if err != nil {
		return err
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}

	server := &http.Server{Handler: vault, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)

	go func() { failed <- server.Serve(listener) }()

	fmt.Printf("http://%s\n", listener.Addr())

	ended := make(chan struct{})

	go func() {
		_, _ = io.Copy(io.Discard, bufio.NewReader(os.Stdin))
		close(ended)
	}()

	select {
	case err := <-failed:
		return err
	case <-ended:
		return server.Close()
	}
}
