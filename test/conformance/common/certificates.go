package common

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"time"

	clientconfig "github.com/siderolabs/talos/pkg/machinery/client/config"
	"github.com/siderolabs/talos/pkg/machinery/role"
)

type certificateRequest struct {
	Authority   string `json:"authority"`
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	// At is the time for which the chain is verified.
	At time.Time `json:"at"`
}

type certificateResult struct {
	// Problem is what Go has against the certificate as that of a client; empty where it takes it.
	Problem      string    `json:"problem"`
	Roles        []string  `json:"roles"`
	UnknownRoles []string  `json:"unknownRoles"`
	CommonName   string    `json:"commonName"`
	Groups       []string  `json:"groups"`
	NotBefore    time.Time `json:"notBefore"`
	NotAfter     time.Time `json:"notAfter"`
	// IsClientOnly is what Talos' API demands of a client: this extended key usage and no other.
	IsClientOnly bool `json:"isClientOnly"`
}

// readCertificates judges certificates of clients as servers in Go do, and reads whom they name.
func readCertificates(request []byte) (any, error) {
	var wanted []certificateRequest

	if err := json.Unmarshal(request, &wanted); err != nil {
		return nil, err
	}

	results := make([]certificateResult, 0, len(wanted))

	for _, one := range wanted {
		result, err := readCertificate(one)
		if err != nil {
			result.Problem = err.Error()
		}

		results = append(results, result)
	}

	return results, nil
}

func readCertificate(wanted certificateRequest) (certificateResult, error) {
	var result certificateResult

	block, _ := pem.Decode([]byte(wanted.Certificate))
	if block == nil {
		return result, errors.New("no PEM")
	}

	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return result, err
	}

	roles, unknown := role.Parse(certificate.Subject.Organization)

	result = certificateResult{
		Roles:        roles.Strings(),
		UnknownRoles: unknown,
		CommonName:   certificate.Subject.CommonName,
		Groups:       certificate.Subject.Organization,
		NotBefore:    certificate.NotBefore,
		NotAfter:     certificate.NotAfter,
		IsClientOnly: len(certificate.ExtKeyUsage) == 1 && certificate.ExtKeyUsage[0] == x509.ExtKeyUsageClientAuth,
	}

	if wanted.Key != "" {
		if _, err = tls.X509KeyPair([]byte(wanted.Certificate), []byte(wanted.Key)); err != nil {
			return result, err
		}
	}

	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(wanted.Authority)) {
		return result, errors.New("the authority cannot be read")
	}

	_, err = certificate.Verify(x509.VerifyOptions{
		Roots:       roots,
		CurrentTime: wanted.At,
		KeyUsages:   []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})

	return result, err
}

type talosconfigResult struct {
	Context   string   `json:"context"`
	Endpoints []string `json:"endpoints"`
	Nodes     []string `json:"nodes"`
	// Authorities counts the certificates that servers may be signed by.
	Authorities int `json:"authorities"`
	// Again is the file as talosctl writes it.
	Again string `json:"again"`
}

// readTalosconfig reads a talosconfig and takes its certificates as talosctl does.
func readTalosconfig(request []byte) (any, error) {
	var text string

	if err := json.Unmarshal(request, &text); err != nil {
		return nil, err
	}

	config, err := clientconfig.FromString(text)
	if err != nil {
		return nil, err
	}

	context := config.Contexts[config.Context]
	if context == nil {
		return nil, errors.New("the talosconfig lacks its current context")
	}

	var decoded [3][]byte

	for i, encoded := range []string{context.CA, context.Crt, context.Key} {
		if decoded[i], err = base64.StdEncoding.DecodeString(encoded); err != nil {
			return nil, err
		}
	}

	// talosctl puts up with Talos' own label of the key because Go does.
	if _, err = tls.X509KeyPair(decoded[1], decoded[2]); err != nil {
		return nil, err
	}

	authorities := 0

	for rest := decoded[0]; ; authorities++ {
		var block *pem.Block

		if block, rest = pem.Decode(rest); block == nil {
			break
		}

		if _, err = x509.ParseCertificate(block.Bytes); err != nil {
			return nil, err
		}
	}

	again, err := config.Bytes()
	if err != nil {
		return nil, err
	}

	return talosconfigResult{config.Context, context.Endpoints, context.Nodes, authorities, string(again)}, nil
}
