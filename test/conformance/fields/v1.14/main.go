// The table of fields of Talos v1.14.1.
package main

import "ichor.test/conformance/fields/common"

func main() {
	common.Main()
}
