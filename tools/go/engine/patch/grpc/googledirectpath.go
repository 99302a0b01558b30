// Package googledirectpath, in place of the upstream package of the same name, registers nothing.
//
// Google's storage client imports it for its name resolver, which serves gRPC inside Google Cloud
// alone. State in a gs:// bucket goes over HTTP, so the resolver and the xDS types behind it, a
// twentieth of the build, are never reached.
package googledirectpath
