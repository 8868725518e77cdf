package common

import (
	"encoding/json"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/encoder"
	generator "github.com/siderolabs/talos/pkg/machinery/config/generate"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/config/machine"
	"go.yaml.in/yaml/v4"
)

type generateRequest struct {
	Cluster    string `json:"cluster"`
	Endpoint   string `json:"endpoint"`
	Kubernetes string `json:"kubernetes"`
	// Contract is a Talos version such as v1.12; empty means that of the program.
	Contract string `json:"contract"`
}

type generateResult struct {
	ControlPlane string `json:"controlPlane"`
	Worker       string `json:"worker"`
	// Secrets is the bundle in the form of `talosctl gen secrets`.
	Secrets string `json:"secrets"`
}

// generate makes sample configurations as `talosctl gen config` does.
func generate(request []byte, contract *config.VersionContract) (any, error) {
	var wanted generateRequest

	if err := json.Unmarshal(request, &wanted); err != nil {
		return nil, err
	}

	if wanted.Contract != "" {
		parsed, err := config.ParseContractFromVersion(wanted.Contract)
		if err != nil {
			return nil, err
		}

		contract = parsed
	}

	bundle, err := secrets.NewBundle(secrets.NewClock(), contract)
	if err != nil {
		return nil, err
	}

	bundleText, err := yaml.Marshal(bundle)
	if err != nil {
		return nil, err
	}

	input, err := generator.NewInput(wanted.Cluster, wanted.Endpoint, wanted.Kubernetes,
		generator.WithVersionContract(contract), generator.WithSecretsBundle(bundle),
		generator.WithInstallDisk("/dev/nvme0n1"))
	if err != nil {
		return nil, err
	}

	result := generateResult{Secrets: string(bundleText)}

	for kind, text := range map[machine.Type]*string{
		machine.TypeControlPlane: &result.ControlPlane,
		machine.TypeWorker:       &result.Worker,
	} {
		provider, err := input.Config(kind)
		if err != nil {
			return nil, err
		}

		encoded, err := provider.EncodeBytes(encoder.WithComments(encoder.CommentsDisabled))
		if err != nil {
			return nil, err
		}

		*text = string(encoded)
	}

	return result, nil
}
