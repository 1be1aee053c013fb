// Package sellerscenter is the root of a Go client for the Sellers Center API. It holds no code of
// its own.
//
// Package [github.com/sellerscenter/client-go/api] is the client. Package
// [github.com/sellerscenter/client-go/generated] has the request and response types. The directives
// in this file generate it from openapi.yaml, together with the methods of the client that wait for
// batches and read lists.
package sellerscenter

//go:generate go -C internal/tools/codegen run ./specgen -C ../../..
//go:generate go -C internal/tools/codegen tool oapi-codegen -config config.yaml ../../../openapi.yaml
