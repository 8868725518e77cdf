package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/hashicorp/vault/sdk/logical"
)

// Who may log in; the tests know the same values.
const (
	rootToken   = "root-token"
	readerToken = "reader-token"
	roleID      = "the-role"
	secretID    = "the-secret-id"
	webToken    = "the-web-token"
)

// vault answers as a Vault with key-value engines does.
type vault struct {
	// namespaces has the engines of each namespace; the root's name is empty.
	namespaces map[string][]*engine
	// seen counts the requests by method and path.
	seen  map[string]int
	mutex sync.Mutex
}

func newVault() (*vault, error) {
	made := &vault{namespaces: map[string][]*engine{}, seen: map[string]int{}}

	for _, namespace := range []string{"", "team-a"} {
		engines, err := newEngines(namespace)
		if err != nil {
			return nil, err
		}

		made.namespaces[namespace] = engines
	}

	return made, nil
}

// ServeHTTP answers one request as Vault's own handler does.
func (v *vault) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	path := strings.TrimPrefix(request.URL.Path, "/v1/")

	if path == "test/seen" {
		v.mutex.Lock()
		defer v.mutex.Unlock()
		write(response, http.StatusOK, v.seen)

		return
	}

	v.mutex.Lock()
	v.seen[request.Method+" "+path]++
	v.mutex.Unlock()

	engines, known := v.namespaces[strings.Trim(request.Header.Get("X-Vault-Namespace"), "/")]

	switch {
	case request.Header.Get("X-Vault-Request") != "true":
		fail(response, http.StatusPreconditionFailed, "missing required header")
	case !known:
		fail(response, http.StatusNotFound, fmt.Sprintf("no handler for route %q. route entry not found.", path))
	case strings.HasPrefix(path, "auth/"):
		v.login(response, request, path)
	case strings.HasPrefix(path, "sys/internal/ui/mounts/"):
		mountOf(response, request, engines, strings.TrimPrefix(path, "sys/internal/ui/mounts/"))
	default:
		serveEngine(response, request, engines, path)
	}
}

// login answers auth/approle/login and auth/jwt/login, whose tokens may read what the reader may.
func (v *vault) login(response http.ResponseWriter, request *http.Request, path string) {
	var given map[string]string

	if err := json.NewDecoder(request.Body).Decode(&given); err != nil {
		fail(response, http.StatusBadRequest, "failed to parse JSON input")

		return
	}

	byRole := path == "auth/approle/login" && given["role_id"] == roleID && given["secret_id"] == secretID
	byJWT := path == "auth/jwt/login" && given["role"] == roleID && given["jwt"] == webToken

	if operations[request.Method] != logical.UpdateOperation || (!byRole && !byJWT) {
		fail(response, http.StatusBadRequest, "invalid role or secret ID")

		return
	}

	write(response, http.StatusOK, map[string]any{"auth": map[string]any{
		"client_token": readerToken, "policies": []string{"reader"}, "lease_duration": 3600, "renewable": true,
	}})
}

// mayRead says whether a token's policy has the path: the reader's leaves out everything named denied.
func mayRead(token, path string) bool {
	return token == rootToken || (token == readerToken && !strings.Contains(path, "denied"))
}

// mountOf answers which engine a path belongs to, as Vault's own client asks before it reads.
func mountOf(response http.ResponseWriter, request *http.Request, engines []*engine, path string) {
	found := engineOf(engines, path)
	if found == nil || !mayRead(request.Header.Get("X-Vault-Token"), path) {
		fail(response, http.StatusForbidden, fmt.Sprintf("preflight capability check returned 403, please ensure client's policies grant access to path %q", path))

		return
	}

	write(response, http.StatusOK, map[string]any{"data": map[string]any{
		"path": found.mount, "type": "kv", "options": map[string]string{"version": found.version},
	}})
}

func engineOf(engines []*engine, path string) *engine {
	for _, engine := range engines {
		if strings.HasPrefix(path+"/", engine.mount) {
			return engine
		}
	}

	return nil
}

var operations = map[string]logical.Operation{
	http.MethodGet:    logical.ReadOperation,
	http.MethodPut:    logical.UpdateOperation,
	http.MethodPost:   logical.UpdateOperation,
	http.MethodDelete: logical.DeleteOperation,
}

// serveEngine hands a request to the engine and its response to the caller.
func serveEngine(response http.ResponseWriter, request *http.Request, engines []*engine, path string) {
	if !mayRead(request.Header.Get("X-Vault-Token"), path) {
		fail(response, http.StatusForbidden, "permission denied")

		return
	}

	found := engineOf(engines, path)
	if found == nil {
		fail(response, http.StatusNotFound, fmt.Sprintf("no handler for route %q. route entry not found.", path))

		return
	}

	data, err := dataOf(request)
	if err != nil {
		fail(response, http.StatusBadRequest, err.Error())

		return
	}

	asked := &logical.Request{
		Operation: operations[request.Method],
		Path:      strings.TrimPrefix(path, found.mount),
		Storage:   found.storage,
		Data:      data,
	}
	answer(response, asked, found.backend)
}

// dataOf is what the request gives to the engine: the query of a GET, the body of others.
func dataOf(request *http.Request) (map[string]any, error) {
	data := map[string]any{}

	for name, values := range request.URL.Query() {
		data[name] = values[0]
	}

	if request.Method == http.MethodGet || request.ContentLength == 0 {
		return data, nil
	}

	decoder := json.NewDecoder(io.LimitReader(request.Body, 1<<20))
	decoder.UseNumber()

	return data, decoder.Decode(&data)
}

func answer(response http.ResponseWriter, asked *logical.Request, backend logical.Backend) {
	given, err := backend.HandleRequest(context.Background(), asked)

	switch {
	case errors.Is(err, logical.ErrUnsupportedPath):
		fail(response, http.StatusNotFound, err.Error())
	case err != nil:
		fail(response, http.StatusBadRequest, err.Error())
	case given == nil && asked.Operation == logical.ReadOperation:
		write(response, http.StatusNotFound, map[string]any{"errors": []string{}})
	case given == nil:
		response.WriteHeader(http.StatusNoContent)
	case given.IsError():
		fail(response, http.StatusBadRequest, given.Error().Error())
	default:
		respond(response, given)
	}
}

// respond writes what the engine gave; the engine itself may have chosen the status, as for a deleted version.
func respond(response http.ResponseWriter, given *logical.Response) {
	status, chosen := given.Data[logical.HTTPStatusCode].(int)
	if !chosen {
		write(response, http.StatusOK, logical.LogicalResponseToHTTPResponse(given))

		return
	}

	response.Header().Set("Content-Type", "application/json")
	response.WriteHeader(status)

	switch body := given.Data[logical.HTTPRawBody].(type) {
	case string:
		_, _ = io.WriteString(response, body)
	case []byte:
		_, _ = response.Write(body)
	}
}

func fail(response http.ResponseWriter, status int, reason string) {
	write(response, status, map[string]any{"errors": []string{reason}})
}

func write(response http.ResponseWriter, status int, body any) {
	response.Header().Set("Content-Type", "application/json")
	response.WriteHeader(status)
	_ = json.NewEncoder(response).Encode(body)
}
