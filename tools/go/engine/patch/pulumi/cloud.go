// Package cloud, in place of most of the upstream package of the same name.
//
// Upstream's `pulumi api` talks to Pulumi Cloud by its OpenAPI description, and the library that
// reads the description is a sixth of the whole build. binder-deploy never calls the command. What
// other packages use stays: the error's type here, the resolver in upstream's own file. Asking for
// the command is refused, never ignored.
package cloud

import (
	"errors"

	"github.com/spf13/cobra"
)

// APIError is the type by which the command line recognises errors of `pulumi api`. Nothing in this
// build makes one.
type APIError struct {
	ExitCode int
	Silent   bool
}

func (*APIError) Error() string { return "pulumi api failed" }

// NewAPICmd is the command that refuses.
func NewAPICmd() *cobra.Command {
	return &cobra.Command{
		Use:                "api",
		Short:              "Not part of this build",
		DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("this build of pulumi has no `pulumi api`")
		},
	}
}
