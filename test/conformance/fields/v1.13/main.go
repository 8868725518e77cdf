// The table of fields of Talos v1.13.9.
package main

import "ichor.test/conformance/fields/common"

func main() {
	common.Main()
}
