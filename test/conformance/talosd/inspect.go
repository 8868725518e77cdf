package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	stdx509 "crypto/x509"
	"encoding/base64"
	"io"
	"time"

	"github.com/siderolabs/crypto/x509"
	"github.com/siderolabs/talos/pkg/machinery/api/common"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"go.yaml.in/yaml/v4"
	"google.golang.org/protobuf/types/known/emptypb"
)

// mountSetup is a mounted filesystem.
type mountSetup struct {
	Filesystem string `json:"filesystem"`
	MountedOn  string `json:"mountedOn"`
	Size       uint64 `json:"size,string"`
	Available  uint64 `json:"available,string"`
}

func (s *machineService) Memory(context.Context, *emptypb.Empty) (*machine.MemoryResponse, error) {
	total := s.node.setup.Memory

	return &machine.MemoryResponse{
		Messages: []*machine.Memory{{Meminfo: &machine.MemInfo{Memtotal: total, Memfree: total / 2, Memavailable: total / 2}}},
	}, nil
}

func (s *machineService) Mounts(context.Context, *emptypb.Empty) (*machine.MountsResponse, error) {
	mounts := &machine.Mounts{}

	for _, one := range s.node.setup.Mounts {
		mounts.Stats = append(mounts.Stats, &machine.MountStat{
			Filesystem: one.Filesystem,
			MountedOn:  one.MountedOn,
			Size:       one.Size,
			Available:  one.Available,
		})
	}

	return &machine.MountsResponse{Messages: []*machine.Mounts{mounts}}, nil
}

// Kubeconfig packs the file to the letter as Talos does, which closes the compression and not the archive.
func (s *machineService) Kubeconfig(_ *emptypb.Empty, stream machine.MachineService_KubeconfigServer) error {
	if err := s.node.requireControlPlane(stream.Context(), "kubeconfig"); err != nil {
		return err
	}

	file, err := kubeconfig(s.node.config(stream.Context()))
	if err != nil {
		return err
	}

	var buf bytes.Buffer

	zw := gzip.NewWriter(&buf)

	tarW := tar.NewWriter(zw)

	err = tarW.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg,
		Name:     "kubeconfig",
		Size:     int64(len(file)),
		ModTime:  time.Now(),
		Mode:     0o600,
	})
	if err != nil {
		return err
	}

	if _, err = io.Copy(tarW, bytes.NewReader(file)); err != nil {
		return err
	}

	if err = zw.Close(); err != nil {
		return err
	}

	return stream.Send(&common.Data{Bytes: buf.Bytes()})
}

// kubeconfig is what Talos' pkg/kubeconfig makes: that package needs all of Kubernetes' client, only to write the
// file.
func kubeconfig(provider config.Provider) ([]byte, error) {
	cas, cluster, admin := provider.K8sAPIServerCAConfig(), provider.K8sClusterConfig(), provider.Cluster().AdminKubeconfig()

	authority, err := x509.NewCertificateAuthorityFromCertificateAndKey(cas.IssuingCA())
	if err != nil {
		return nil, err
	}

	pair, err := x509.NewKeyPair(authority,
		x509.CommonName(admin.CommonName()),
		x509.Organization(admin.CertOrganization()),
		x509.NotBefore(time.Now().Add(-10*time.Second)),
		x509.NotAfter(time.Now().Add(admin.CertLifetime())),
		x509.KeyUsage(stdx509.KeyUsageDigitalSignature|stdx509.KeyUsageKeyEncipherment),
		x509.ExtKeyUsage([]stdx509.ExtKeyUsage{stdx509.ExtKeyUsageClientAuth}),
	)
	if err != nil {
		return nil, err
	}

	own := x509.NewCertificateAndKeyFromKeyPair(pair)

	var accepted []byte

	for _, one := range cas.AcceptedCAs() {
		accepted = append(accepted, one.Crt...)
	}

	name, user := cluster.ClusterName(), "admin@"+cluster.ClusterName()
	encode := base64.StdEncoding.EncodeToString

	return yaml.Marshal(map[string]any{
		"apiVersion": "v1",
		"kind":       "Config",
		"clusters": []any{map[string]any{
			"name": name,
			"cluster": map[string]any{
				"server":                     cluster.ClusterEndpoint().String(),
				"certificate-authority-data": encode(accepted),
			},
		}},
		"users": []any{map[string]any{
			"name": user,
			"user": map[string]any{"client-certificate-data": encode(own.Crt), "client-key-data": encode(own.Key)},
		}},
		"contexts": []any{map[string]any{
			"name":    user,
			"context": map[string]any{"cluster": name, "namespace": "default", "user": user},
		}},
		"current-context": user,
	})
}
