package apitest

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// response is an [http.ResponseWriter] that holds back what is written until the response is
// complete.
type response struct {
	header        http.Header
	status        int
	statusWritten bool
	body          bytes.Buffer
}

func newResponse() *response {
	return &response{
		header: http.Header{"Content-Type": {"application/json; charset=utf-8"}},
		status: http.StatusOK,
	}
}

// Header returns the header that will be sent.
func (r *response) Header() http.Header { return r.header }

// WriteHeader sets the status. As in net/http, the first one counts, and 1xx are informational.
func (r *response) WriteHeader(status int) {
	if r.statusWritten || status < http.StatusOK {
		return
	}
	r.status = status
	r.statusWritten = true
}

// Write appends to the body. As in net/http, the status can no longer change then.
func (r *response) Write(b []byte) (int, error) {
	r.statusWritten = true
	return r.body.Write(b)
}

// writeJSON writes a value of a type that always encodes.
func writeJSON(w http.ResponseWriter, status int, value any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

// writeError writes an error as the API does.
func writeError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"message": message})
}
