package attempt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// errJSONEnds is why a body counts as cut whose end only the JSON in it tells.
var errJSONEnds = fmt.Errorf("the connection ended in the middle of the JSON: %w", io.ErrUnexpectedEOF)

// endsWithinJSON reports whether a success that is declared as JSON ends before its JSON does, while
// nobody told its length: where a body goes on until the connection is closed, as in HTTP/1.0, one
// that was cut looks whole.
func (r *Response) endsWithinJSON(ctx context.Context) bool {
	if r.isLengthTold() || EncodingOf(r.Header) != "" {
		return false
	}
	op := FromContext(ctx).Operation
	content := bytes.TrimPrefix(r.Content, []byte("\ufeff"))
	if !op.DeclaresJSON(r.StatusCode, r.Header.Get("Content-Type")) || json.Valid(content) {
		return false
	}
	err := json.NewDecoder(bytes.NewReader(content)).Decode(new(json.RawMessage))
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// isLengthTold reports whether the protocol or a checksum says where the body ends.
func (r *Response) isLengthTold() bool {
	isUnzipped := r.Uncompressed && len(r.Content) > 0 // gzip ends in a checksum
	return r.ContentLength >= 0 || r.ProtoMajor > 1 || slices.Contains(r.TransferEncoding, "chunked") ||
		isUnzipped || r.Request.Method == http.MethodHead
}
