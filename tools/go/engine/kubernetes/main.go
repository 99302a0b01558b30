// Command kubernetes is the Pulumi Kubernetes provider, built from its published module.
//
// The provider's own command embeds two files that the module ships in another folder; the build
// copies them beside this file, because 8 MB of generated JSON do not belong in a repository.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var mapping []byte

// version is set by the linker, so that it has one home: the tools' lock file.
var version string

func main() { provider.Serve("kubernetes", version, schema, mapping) }
