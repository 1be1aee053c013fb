// Package sellerscenter is the root of a Go client for the Sellers Center API; it holds no code of its own.
//
// Package [github.com/sellerscenter/client-go/api] is the client. Package
// [github.com/sellerscenter/client-go/generated] has the request and response types, written from openapi.yaml by the
// directives in this file.
package sellerscenter

//go:generate go -C internal/tools/codegen run ./specgen -spec ../../../openapi.yaml -overlay overlay.gen.yaml -operations ../../../generated/operations.gen.go
//go:generate go -C internal/tools/codegen tool oapi-codegen -config config.yaml ../../../openapi.yaml
