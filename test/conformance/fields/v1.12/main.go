// The table of fields of Talos v1.12.7.
package main

import "ichor.test/conformance/fields/common"

func main() {
	common.Main()
}
