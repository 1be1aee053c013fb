package operations

import _ "embed" // for Source

// Source is the text of operations.go.
//
//go:embed operations.go
var Source []byte
