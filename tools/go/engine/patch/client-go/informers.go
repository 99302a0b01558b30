// Package informers, in place of the upstream package of the same name.
//
// The provider watches through dynamic informers only, and of this package those need one interface.
// Upstream's factories of typed informers and listers are nearly a tenth of the whole build.
package informers

import "k8s.io/client-go/tools/cache"

// GenericInformer is an informer with its lister, whatever the type.
type GenericInformer interface {
	Informer() cache.SharedIndexInformer
	Lister() cache.GenericLister
}
