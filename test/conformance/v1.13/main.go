// The conformance program of Talos v1.13.9.
package main

import (
	"ichor.test/conformance/common"

	"github.com/siderolabs/talos/pkg/machinery/config"
)

func main() {
	common.Serve(common.TalosCommands(config.TalosVersion1_13))
}
