package common

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// mtlsDeadline bounds every connection: no test waits longer for the other side.
const mtlsDeadline = 30 * time.Second

type mtlsRequest struct {
	// Authority signs both sides.
	Authority   string `json:"authority"`
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	// Address is where a client goes; a server chooses its own.
	Address string `json:"address"`
	// Protocols are those of ALPN.
	Protocols []string `json:"protocols"`
}

type mtlsResult struct {
	// Problem is why there was no connection; empty where there was one.
	Problem  string   `json:"problem"`
	Version  string   `json:"version"`
	Protocol string   `json:"protocol"`
	Peer     []string `json:"peer"`
	Line     string   `json:"line"`
}

// serveMutualTLS writes its address as a line of JSON, takes one connection of a client that has to show a
// certificate, answers the line it gets, and says who the client was.
func serveMutualTLS(request []byte) (any, error) {
	config, _, err := readMutualTLS(request)
	if err != nil {
		return nil, err
	}

	config.ClientAuth = tls.RequireAndVerifyClientCert

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}

	defer listener.Close() //nolint:errcheck

	if err = json.NewEncoder(os.Stdout).Encode(listener.Addr().String()); err != nil {
		return nil, err
	}

	if err = listener.(*net.TCPListener).SetDeadline(time.Now().Add(mtlsDeadline)); err != nil {
		return nil, err
	}

	connection, err := listener.Accept()
	if err != nil {
		return nil, err
	}

	return speak(tls.Server(connection, config), "")
}

// dialMutualTLS connects to a server, sends a line and gives the answer.
func dialMutualTLS(request []byte) (any, error) {
	config, address, err := readMutualTLS(request)
	if err != nil {
		return nil, err
	}

	connection, err := net.DialTimeout("tcp", address, mtlsDeadline)
	if err != nil {
		return nil, err
	}

	return speak(tls.Client(connection, config), "hello from Go")
}

func readMutualTLS(request []byte) (*tls.Config, string, error) {
	var wanted mtlsRequest

	if err := json.Unmarshal(request, &wanted); err != nil {
		return nil, "", err
	}

	pair, err := tls.X509KeyPair([]byte(wanted.Certificate), []byte(wanted.Key))
	if err != nil {
		return nil, "", err
	}

	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM([]byte(wanted.Authority)) {
		return nil, "", errors.New("the authority cannot be read")
	}

	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{pair},
		RootCAs:      authorities,
		ClientCAs:    authorities,
		NextProtos:   wanted.Protocols,
		ServerName:   "127.0.0.1",
	}, wanted.Address, nil
}

// speak shakes hands; who has something to say says it first, the other repeats it.
func speak(connection *tls.Conn, line string) (any, error) {
	defer connection.Close() //nolint:errcheck

	if err := connection.SetDeadline(time.Now().Add(mtlsDeadline)); err != nil {
		return nil, err
	}

	if err := connection.Handshake(); err != nil {
		return mtlsResult{Problem: err.Error()}, nil
	}

	if line != "" {
		if _, err := fmt.Fprintln(connection, line); err != nil {
			return mtlsResult{Problem: err.Error()}, nil
		}
	}

	heard, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil {
		return mtlsResult{Problem: err.Error()}, nil
	}

	if line == "" {
		if _, err = fmt.Fprint(connection, heard); err != nil {
			return mtlsResult{Problem: err.Error()}, nil
		}
	}

	state := connection.ConnectionState()

	return mtlsResult{
		Version:  tls.VersionName(state.Version),
		Protocol: state.NegotiatedProtocol,
		Peer:     state.PeerCertificates[0].Subject.Organization,
		Line:     heard,
	}, nil
}
