package main

import (
	"context"
	"fmt"

	"github.com/hashicorp/go-hclog"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/sdk/logical"
)

// engine is one mounted key-value engine with a storage of its own.
type engine struct {
	mount   string
	version string
	backend logical.Backend
	storage logical.Storage
}

// mounts are what every namespace has: a path of one step, one of two, and an engine of the first version.
var mounts = []struct{ path, version string }{{"secret/", "2"}, {"kv/team/", "2"}, {"old/", "1"}}

// newEngines mounts the engines of one namespace.
func newEngines(namespace string) ([]*engine, error) {
	engines := make([]*engine, 0, len(mounts))

	for _, mount := range mounts {
		storage := &logical.InmemStorage{}
		config := &logical.BackendConfig{
			Logger:      hclog.NewNullLogger(),
			System:      &logical.StaticSystemView{},
			StorageView: storage,
			BackendUUID: "ichor-" + namespace + mount.path,
			Config:      map[string]string{"version": mount.version},
		}

		backend, err := kv.Factory(context.Background(), config)
		if err != nil {
			return nil, fmt.Errorf("mounting %s: %w", mount.path, err)
		}

		engines = append(engines, &engine{mount.path, mount.version, backend, storage})
	}

	return engines, nil
}
