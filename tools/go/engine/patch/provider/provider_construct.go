// Package provider, in place of the upstream file of the same name while we compile it.
//
// Upstream registers four component resources here (helm v4 Chart, yaml v2 ConfigFile and
// ConfigGroup, kustomize v2 Directory) that render manifests in the client. binder-deploy uses none
// of them: it installs charts as helm v3 releases. Leaving them out spares compiling the whole
// generated Go SDK, the largest part of the build. Asking for one is refused by name, never ignored.
package provider

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

var resourceProviders = map[string]resource.ResourceProviderFactory{}

// Construct refuses every component type.
func (k *kubeProvider) Construct(
	_ context.Context, request *pulumirpc.ConstructRequest,
) (*pulumirpc.ConstructResponse, error) {
	return nil, status.Errorf(codes.Unimplemented,
		"this build of the Kubernetes provider has no component resources: %s", request.GetType())
}
