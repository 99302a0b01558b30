package operations

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
)

// AWSOperationsProvider, in place of the upstream file, refuses. `pulumi logs` would read CloudWatch
// through it, whose client is among the largest packages of the build; binder-deploy never asks.
func AWSOperationsProvider(context.Context, map[config.Key]string, *Resource) (Provider, error) {
	return nil, errors.New("this build of pulumi reads no logs from AWS")
}
