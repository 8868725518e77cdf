module ichor.test/conformance/fields/common

go 1.26.6

require (
	github.com/siderolabs/talos/pkg/machinery v1.12.7
	go.yaml.in/yaml/v4 v4.0.0-rc.3
)
