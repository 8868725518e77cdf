package common

import (
	"encoding/json"

	"github.com/siderolabs/talos/pkg/machinery/config/configpatcher"
)

type patchCase struct {
	Base    string   `json:"base"`
	Patches []string `json:"patches"`
}

type patchResult struct {
	Text  string `json:"text"`
	Error string `json:"error,omitempty"`
}

// patchAll merges patches into configurations as `talosctl` does, one result per case.
func patchAll(request []byte) (any, error) {
	var cases []patchCase

	if err := json.Unmarshal(request, &cases); err != nil {
		return nil, err
	}

	results := make([]patchResult, 0, len(cases))

	for _, one := range cases {
		text, err := patch(one)

		result := patchResult{Text: string(text)}
		if err != nil {
			result.Error = err.Error()
		}

		results = append(results, result)
	}

	return results, nil
}

func patch(one patchCase) ([]byte, error) {
	patches := make([]configpatcher.Patch, 0, len(one.Patches))

	for _, text := range one.Patches {
		loaded, err := configpatcher.LoadPatch([]byte(text))
		if err != nil {
			return nil, err
		}

		patches = append(patches, loaded)
	}

	patched, err := configpatcher.Apply(configpatcher.WithBytes([]byte(one.Base)), patches)
	if err != nil {
		return nil, err
	}

	return patched.Bytes()
}
