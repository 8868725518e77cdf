// The API server of Kubernetes itself with an etcd in the same process.
//
// The first argument is the folder of etcd's data, the second a free port of etcd's; the others are those of
// kube-apiserver. It ends when its standard input does.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

// patience bounds how long etcd may take to be ready.
const patience = 30 * time.Second

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) < 2 {
		return errors.New("usage: FOLDER PORT [flags of kube-apiserver]")
	}

	address, err := startEtcd(arguments[0], arguments[1])
	if err != nil {
		return err
	}

	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)

		os.Exit(0)
	}()

	command := app.NewAPIServerCommand()
	command.SetArgs(append(arguments[2:], "--etcd-servers="+address))

	return command.ExecuteContext(context.Background())
}

// startEtcd starts a cluster of one member that is lost with the process.
func startEtcd(folder, port string) (string, error) {
	client := url.URL{Scheme: "http", Host: "127.0.0.1:" + port}
	peer := url.URL{Scheme: "http", Host: "127.0.0.1:0"}

	config := embed.NewConfig()
	config.Dir = folder
	config.LogLevel = "error"
	config.UnsafeNoFsync = true
	config.ListenClientUrls = []url.URL{client}
	config.AdvertiseClientUrls = []url.URL{client}
	config.ListenPeerUrls = []url.URL{peer}
	config.AdvertisePeerUrls = []url.URL{peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)

	member, err := embed.StartEtcd(config)
	if err != nil {
		return "", err
	}

	select {
	case <-member.Server.ReadyNotify():
		return client.String(), nil
	case <-time.After(patience):
		return "", errors.New("etcd did not become ready")
	}
}
