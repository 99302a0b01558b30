// Package v4 stands where the provider's helm code expects the generated Go SDK. The provider's
// release code needs no more of it than the shape of one parameter.
package v4

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// RepositoryOpts says where a chart repository is and how to log in to it.
type RepositoryOpts struct {
	CaFile, CertFile, KeyFile pulumi.AssetOrArchive
	Username, Password, Repo  *string
}
