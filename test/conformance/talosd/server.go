package main

import (
	stdtls "crypto/tls"
	stdx509 "crypto/x509"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	cosi "github.com/cosi-project/runtime/api/v1alpha1"
	"github.com/cosi-project/runtime/pkg/state"
	stateserver "github.com/cosi-project/runtime/pkg/state/protobuf/server"
	"github.com/siderolabs/crypto/tls"
	"github.com/siderolabs/crypto/x509"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/constants"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// server is the machine's end of the network; what it serves outlives it.
type server struct {
	node        *node
	address     string
	grpc        *grpc.Server
	connections *connections
}

// start listens, where it listened before if it did.
func (s *server) start(maintenance bool) (answer, error) {
	config, fingerprint, err := s.tls(maintenance)
	if err != nil {
		return answer{}, err
	}

	listening, err := net.Listen("tcp", s.address)
	if err != nil {
		return answer{}, err
	}

	s.address = listening.Addr().String()
	s.connections = &connections{Listener: listening}
	s.grpc = grpc.NewServer(
		grpc.Creds(credentials.NewTLS(config)),
		grpc.MaxRecvMsgSize(constants.GRPCMaxMessageSize),
		grpc.UnaryInterceptor(s.interceptUnary(maintenance)),
		grpc.StreamInterceptor(s.interceptStream(maintenance)),
	)

	resources := s.node.resources
	machine.RegisterMachineServiceServer(s.grpc, &machineService{node: s.node})
	cosi.RegisterStateServer(s.grpc, stateserver.NewState(state.WrapCore(state.Filter(resources, readable(resources)))))

	// Talos has these since 1.13.
	if !s.node.setup.Installer.Legacy {
		machine.RegisterLifecycleServiceServer(s.grpc, &lifecycleService{node: s.node})
		machine.RegisterImageServiceServer(s.grpc, &imageService{node: s.node})
	}

	go s.grpc.Serve(s.connections) //nolint:errcheck

	return answer{Address: s.address, Fingerprint: fingerprint}, nil
}

func (s *server) stop() {
	s.grpc.Stop()
}

// tls makes the machine's certificate as Talos does: by its cluster's authority, in maintenance mode by one that
// nobody knows.
func (s *server) tls(maintenance bool) (*stdtls.Config, string, error) {
	authority, err := s.authority(maintenance)
	if err != nil {
		return nil, "", err
	}

	host, _, err := net.SplitHostPort(s.address)
	if err != nil {
		return nil, "", err
	}

	own, err := x509.NewKeyPair(authority,
		x509.IPAddresses([]net.IP{net.ParseIP(host)}),
		x509.DNSNames([]string{"talosd"}),
		x509.CommonName("talosd"),
		x509.NotAfter(time.Now().Add(time.Hour)),
		x509.KeyUsage(stdx509.KeyUsageDigitalSignature),
		x509.ExtKeyUsage([]stdx509.ExtKeyUsage{stdx509.ExtKeyUsageServerAuth}),
	)
	if err != nil {
		return nil, "", err
	}

	fingerprint, err := x509.SPKIFingerprintFromPEM(own.CrtPEM)
	if err != nil {
		return nil, "", err
	}

	options := []tls.ConfigOptionFunc{tls.WithKeypair(*own.Certificate), tls.WithClientAuthType(tls.ServerOnly)}
	if !maintenance {
		options = []tls.ConfigOptionFunc{
			tls.WithKeypair(*own.Certificate),
			tls.WithClientAuthType(tls.Mutual),
			tls.WithCACertPEM([]byte(s.node.setup.Authority.Certificate)),
		}
	}

	config, err := tls.New(options...)
	if err == nil && !maintenance {
		config.VerifyPeerCertificate = requireClient
	}

	return config, fingerprint.String(), err
}

// requireClient takes certificates that are for clients and for nothing else.
func requireClient(_ [][]byte, chains [][]*stdx509.Certificate) error {
	for _, certificate := range chains[0] {
		if !certificate.IsCA && !slices.Equal(certificate.ExtKeyUsage, []stdx509.ExtKeyUsage{stdx509.ExtKeyUsageClientAuth}) {
			return fmt.Errorf("certificate %q is missing the client auth extended key usage", certificate.Subject)
		}
	}

	return nil
}

func (s *server) authority(maintenance bool) (*x509.CertificateAuthority, error) {
	if maintenance {
		return x509.NewSelfSignedCertificateAuthority(x509.Organization("talos"))
	}

	return x509.NewCertificateAuthorityFromCertificateAndKey(&x509.PEMEncodedCertificateAndKey{
		Crt: []byte(s.node.setup.Authority.Certificate),
		Key: []byte(s.node.setup.Authority.Key),
	})
}

// connections are those that were taken, so that they can be cut.
type connections struct {
	net.Listener

	mu   sync.Mutex
	open []net.Conn
}

func (c *connections) Accept() (net.Conn, error) {
	connection, err := c.Listener.Accept()
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()

		c.open = append(c.open, connection)
	}

	return connection, err
}

// drop cuts all connections, as a network does that fails.
func (c *connections) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()

	for _, connection := range c.open {
		connection.Close() //nolint:errcheck
	}

	c.open = nil
}
