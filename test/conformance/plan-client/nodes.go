package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"golang.org/x/sync/errgroup"
)

// kubernetes is a cluster's API, in PEM and with its address.
type kubernetes struct {
	Authorities string `json:"authorities"`
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	// Name is what the API server's certificate has to be for.
	Name string `json:"name"`
	// Target is where it is dialled.
	Target string `json:"target"`
}

// listNodes asks every cluster for its nodes.
func listNodes(ctx context.Context, asked request) (map[string][]any, error) {
	var mu sync.Mutex

	found := map[string][]any{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(asked.Parallel)

	for name, one := range asked.Clusters {
		if one.Kubernetes == nil {
			continue
		}

		group.Go(func() error {
			nodes, err := one.Kubernetes.nodes(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}

			mu.Lock()
			defer mu.Unlock()

			found[name] = nodes

			return nil
		})
	}

	return found, group.Wait()
}

// nodes reads one page: no cluster of the benchmark has more.
func (k *kubernetes) nodes(ctx context.Context) ([]any, error) {
	config, err := clientConfig(k.Authorities, k.Certificate, k.Key)
	if err != nil {
		return nil, err
	}

	config.ServerName = k.Name
	transport := &http.Transport{TLSClientConfig: config}

	defer transport.CloseIdleConnections()

	asked, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+k.Target+"/api/v1/nodes?limit=500", nil)
	if err != nil {
		return nil, err
	}

	answer, err := transport.RoundTrip(asked)
	if err != nil {
		return nil, err
	}

	defer answer.Body.Close() //nolint:errcheck

	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the API server says %s", answer.Status)
	}

	var list struct {
		Items []any `json:"items"`
	}

	err = json.NewDecoder(answer.Body).Decode(&list)

	return list.Items, err
}
