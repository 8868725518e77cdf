package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// listen serves the API on a free port of the loopback.
func listen(wanted setup, objects *store) (int, error) {
	own, err := tls.X509KeyPair([]byte(wanted.Certificate), []byte(wanted.Key))
	if err != nil {
		return 0, err
	}

	clients := x509.NewCertPool()
	if !clients.AppendCertsFromPEM([]byte(wanted.Clients)) {
		return 0, errors.New("there is no authority of clients")
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}

	server := &http.Server{
		Handler:           &api{objects: objects, clients: clients},
		ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{own},
			// As Kubernetes does it: whoever comes is let in to be told that nobody knows them.
			ClientAuth: tls.RequestClientCert,
			ClientCAs:  clients,
			MinVersion: tls.VersionTLS12,
		},
	}

	go func() { _ = server.ServeTLS(listener, "", "") }()

	return listener.Addr().(*net.TCPAddr).Port, nil
}

type api struct {
	objects *store
	clients *x509.CertPool
}

// masters are those who may do everything.
const masters = "system:masters"

// longestBody is that of Kubernetes' own server.
const longestBody = 3 << 20

// ServeHTTP answers a request.
func (a *api) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	code, object, err := a.serve(request)
	if err != nil {
		var known apierrors.APIStatus
		if !errors.As(err, &known) {
			known = apierrors.NewInternalError(err)
		}

		status := known.Status()
		code, object = int(status.Code), named(&status)

		if details := status.Details; details != nil && details.RetryAfterSeconds > 0 {
			response.Header().Set("Retry-After", fmt.Sprint(details.RetryAfterSeconds))
		}
	}

	response.Header().Set("Content-Type", "application/json")
	response.WriteHeader(code)
	_ = json.NewEncoder(response).Encode(object)
}

func (a *api) serve(request *http.Request) (int, runtime.Object, error) {
	user, isMaster, err := a.authenticate(request)
	if err != nil {
		return 0, nil, err
	}

	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	if len(parts) < 3 || parts[0] != "api" || parts[1] != "v1" {
		return 0, nil, unserved(request)
	}

	if !isMaster {
		resource := schema.GroupResource{Resource: parts[2]}

		return 0, nil, apierrors.NewForbidden(resource, "", fmt.Errorf("User %q cannot %s", user, request.Method))
	}

	body, err := io.ReadAll(io.LimitReader(request.Body, longestBody))
	if err != nil {
		return 0, nil, err
	}

	return a.route(request, parts[2:], body)
}

func (a *api) route(request *http.Request, parts []string, body []byte) (int, runtime.Object, error) {
	switch pattern := patternOf(request.Method, parts); pattern {
	case "GET nodes":
		return found(a.listNodes(request.URL.Query()))
	case "GET nodes/*":
		return found(a.node(parts[1]))
	case "PATCH nodes/*":
		return found(a.patchNode(parts[1], request, body))
	case "GET pods":
		return found(a.listPods("", request.URL.Query()))
	case "GET namespaces/*/pods":
		return found(a.listPods(parts[1], request.URL.Query()))
	case "POST namespaces/*/pods/*/eviction":
		return a.evict(parts[1], parts[3], request, body)
	default:
		return 0, nil, unserved(request)
	}
}

// patternOf has a star for each name.
func patternOf(method string, parts []string) string {
	shown := slices.Clone(parts)
	for at := 1; at < len(shown); at += 2 {
		shown[at] = "*"
	}

	return method + " " + strings.Join(shown, "/")
}

func found[T runtime.Object](object T, err error) (int, runtime.Object, error) {
	if err != nil {
		return 0, nil, err
	}

	return http.StatusOK, named(object), nil
}

func (a *api) authenticate(request *http.Request) (string, bool, error) {
	unknown := apierrors.NewUnauthorized("Unauthorized")

	shown := request.TLS.PeerCertificates
	if len(shown) == 0 {
		return "", false, unknown
	}

	_, err := shown[0].Verify(x509.VerifyOptions{
		Roots:     a.clients,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return "", false, unknown
	}

	subject := shown[0].Subject

	return subject.CommonName, slices.Contains(subject.Organization, masters), nil
}

func unserved(request *http.Request) error {
	err := apierrors.NewGenericServerResponse(
		http.StatusNotFound, request.Method, schema.GroupResource{}, "", "", 0, true,
	)
	err.ErrStatus.Reason = metav1.StatusReasonNotFound

	return err
}
