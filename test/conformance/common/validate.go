package common

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/hashicorp/go-multierror"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"github.com/siderolabs/talos/pkg/machinery/config/validation"
)

type validateCase struct {
	Name string `json:"name"`
	// Path of the machine configuration, or Text itself.
	Path string `json:"path"`
	Text string `json:"text"`
}

type verdict struct {
	Name        string   `json:"name"`
	Errors      []string `json:"errors"`
	Warnings    []string `json:"warnings"`
	Documents   int      `json:"documents"`
	MachineType string   `json:"machineType"`
}

// metal is the mode in which `talosctl validate --mode metal` judges.
type metal struct{}

func (metal) String() string        { return "metal" }
func (metal) RequiresInstall() bool { return true }
func (metal) InContainer() bool     { return false }

func validateAll(request []byte, contract *config.VersionContract) (any, error) {
	var cases []validateCase

	if err := json.Unmarshal(request, &cases); err != nil {
		return nil, err
	}

	bundle, err := throwAwayBundle(contract)
	if err != nil {
		return nil, err
	}

	verdicts := make([]verdict, 0, len(cases))

	for _, one := range cases {
		verdicts = append(verdicts, judge(one, bundle))
	}

	return verdicts, nil
}

func judge(one validateCase, bundle map[string]any) verdict {
	result := verdict{Name: one.Name, Errors: []string{}, Warnings: []string{}}

	warnings, err := validate(one, bundle, &result)
	result.Warnings = append(result.Warnings, warnings...)

	var several *multierror.Error

	switch {
	case errors.As(err, &several):
		for _, each := range several.Errors {
			result.Errors = append(result.Errors, each.Error())
		}
	case err != nil:
		result.Errors = append(result.Errors, err.Error())
	}

	return result
}

func validate(one validateCase, bundle map[string]any, result *verdict) ([]string, error) {
	text := []byte(one.Text)

	if one.Path != "" {
		read, err := os.ReadFile(one.Path)
		if err != nil {
			return nil, err
		}

		text = read
	}

	whole, err := replaceReferences(text, bundle)
	if err != nil {
		return nil, fmt.Errorf("references: %w", err)
	}

	provider, err := configloader.NewFromBytes(whole)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}

	result.Documents = len(provider.Documents())

	if machine := provider.Machine(); machine != nil {
		result.MachineType = machine.Type().String()
	}

	return provider.Validate(metal{}, validation.WithLocal(), validation.WithStrict())
}
