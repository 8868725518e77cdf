package common

import (
	stdx509 "crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"os"
	"time"

	"github.com/siderolabs/crypto/x509"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"go.yaml.in/yaml/v4"
)

type bundleRequest struct {
	// Bundle is the text of a secrets bundle.
	Bundle string `json:"bundle"`
	// Roles are those of the client certificate of Talos that is issued.
	Roles []string `json:"roles"`
	// User and Groups are those of the client certificate of Kubernetes that is issued.
	User   string   `json:"user"`
	Groups []string `json:"groups"`
}

type identity struct {
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
}

type bundleResult struct {
	// Problem is what Talos has against the bundle; empty where it takes it.
	Problem string `json:"problem"`
	// Again is the bundle as Talos writes it.
	Again string `json:"again"`
	// Talos and Kubernetes are client certificates, Server one for 127.0.0.1 by Talos' authority.
	Talos      identity `json:"talos"`
	Kubernetes identity `json:"kubernetes"`
	Server     identity `json:"server"`
}

// loadBundles reads bundles as talosctl does and has their authorities issue certificates.
func loadBundles(request []byte, contract *config.VersionContract) (any, error) {
	var wanted []bundleRequest

	if err := json.Unmarshal(request, &wanted); err != nil {
		return nil, err
	}

	results := make([]bundleResult, 0, len(wanted))

	for _, one := range wanted {
		result, err := loadBundle(one, contract)
		if err != nil {
			result = bundleResult{Problem: err.Error()}
		}

		results = append(results, result)
	}

	return results, nil
}

func loadBundle(wanted bundleRequest, contract *config.VersionContract) (bundleResult, error) {
	var result bundleResult

	bundle, err := readBundle(wanted.Bundle)
	if err != nil {
		return result, err
	}

	if err = validateBundle(bundle, contract); err != nil {
		return result, err
	}

	again, err := yaml.Marshal(bundle)
	if err != nil {
		return result, err
	}

	result.Again = string(again)

	roles, _ := role.Parse(wanted.Roles)

	client, err := bundle.GenerateTalosAPIClientCertificateWithTTL(roles, time.Hour)
	if err != nil {
		return result, err
	}

	result.Talos = identity{string(client.Crt), string(client.Key)}

	// What Talos' kubeconfig package asks for.
	result.Kubernetes, err = issue(bundle.Certs.K8s,
		x509.CommonName(wanted.User),
		x509.Organization(wanted.Groups...),
		x509.NotBefore(time.Now().Add(-10*time.Second)),
		x509.NotAfter(time.Now().Add(time.Hour)),
		x509.KeyUsage(stdx509.KeyUsageDigitalSignature|stdx509.KeyUsageKeyEncipherment),
		x509.ExtKeyUsage([]stdx509.ExtKeyUsage{stdx509.ExtKeyUsageClientAuth}))
	if err != nil {
		return result, err
	}

	result.Server, err = issue(bundle.Certs.OS,
		x509.IPAddresses([]net.IP{net.IPv4(127, 0, 0, 1)}),
		x509.DNSNames([]string{"localhost"}),
		x509.ExtKeyUsage([]stdx509.ExtKeyUsage{stdx509.ExtKeyUsageServerAuth}))

	return result, err
}

func readBundle(text string) (*secrets.Bundle, error) {
	file, err := os.CreateTemp("", "bundle-*.yaml")
	if err != nil {
		return nil, err
	}

	defer os.Remove(file.Name()) //nolint:errcheck

	if _, err = file.WriteString(text); err != nil {
		return nil, err
	}

	if err = file.Close(); err != nil {
		return nil, err
	}

	return secrets.LoadBundle(file.Name())
}

// validateBundle knows that Talos 1.14 has added an argument.
func validateBundle(bundle any, contract *config.VersionContract) error {
	switch bundle := bundle.(type) {
	case interface{ Validate() error }:
		return bundle.Validate()
	case interface {
		Validate(*config.VersionContract) error
	}:
		return bundle.Validate(contract)
	default:
		return errors.New("a bundle of this Talos cannot be validated")
	}
}

func issue(pair *x509.PEMEncodedCertificateAndKey, options ...x509.Option) (identity, error) {
	ca, err := x509.NewCertificateAuthorityFromCertificateAndKey(pair)
	if err != nil {
		return identity{}, err
	}

	issued, err := x509.NewKeyPair(ca, options...)
	if err != nil {
		return identity{}, err
	}

	return identity{string(issued.CrtPEM), string(issued.KeyPEM)}, nil
}
