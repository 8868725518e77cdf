module ichor.test/conformance/common

go 1.26.6

require (
	github.com/hashicorp/go-multierror v1.1.1
	github.com/siderolabs/talos/pkg/machinery v1.13.9
	go.yaml.in/yaml/v4 v4.0.0-rc.4
	gopkg.in/yaml.v3 v3.0.1
)
