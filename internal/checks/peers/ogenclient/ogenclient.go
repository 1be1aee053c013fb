// Package ogenclient is where ogen writes the client that it generates from openapi.yaml. The code is
// made for a run of the benchmarks and is not kept.
package ogenclient

//go:generate go tool ogen -config ogen.yaml -loglevel error -target . -package ogenclient ../../../../openapi.yaml
