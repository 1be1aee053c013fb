package peers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/generated"
)

const apiKey = "benchmark-key-0123456789"

var batchID = uuid.MustParse("0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f")

// newBatch returns the result of a batch of shipments, of which every tenth was refused.
func newBatch(items int) *generated.ShipmentOrderResultsResponseSchema {
	b := &generated.ShipmentOrderResultsResponseSchema{
		BatchRequestID: batchID,
		Status:         generated.RequestStatusCompleted,
	}
	for i := range items {
		errs := []string{}
		if i%10 == 9 {
			errs = append(errs, "Order item is already shipped")
		}
		b.Items = append(b.Items, generated.ShipmentResultItemSchema{
			Errors:  errs,
			Success: len(errs) == 0,
			RequestItem: generated.ShipmentItemSchema{
				OrderItems:          []int64{9_007_199_254_740_993 + int64(i)},
				CarrierKey:          "DHL_STD_NATIONAL",
				ShipmentTrackingKey: fmt.Sprintf("%020d", 340_434_161_094_042_557+i),
				ReturnTrackingKey:   fmt.Sprintf("%020d", 340_434_161_094_942_557+i),
			},
		})
	}
	return b
}

// server gives each call the same response, made beforehand: over a socket as a handler, in memory
// as a transport.
type server struct {
	header http.Header
	body   []byte
}

func newServer(items int) *server {
	body, _ := json.Marshal(newBatch(items)) // which does not fail
	return &server{body: body, header: http.Header{
		"Content-Type":          {"application/json; charset=utf-8"},
		"Content-Length":        {strconv.Itoa(len(body))},
		"Date":                  {time.Now().UTC().Format(http.TimeFormat)},
		"X-Ratelimit-Remaining": {strconv.Itoa(unreached)},
	}}
}

// status is 200 only for the call that is to be made.
func status(r *http.Request) int {
	if r.URL.RawQuery == "batch_request_id="+batchID.String() && r.Header.Get("X-API-Key") == apiKey {
		return http.StatusOK
	}
	return http.StatusUnauthorized
}

// ServeHTTP sends the response over a socket.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	maps.Copy(w.Header(), s.header)
	w.WriteHeader(status(r))
	_, _ = w.Write(s.body)
}

// RoundTrip returns the response in memory.
func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode:    status(r),
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        s.header.Clone(),
		Body:          memoryBody{bytes.NewReader(s.body)},
		ContentLength: int64(len(s.body)),
		Request:       r,
	}, nil
}

// memoryBody can do no more than a body from the wire: it hides the Reader's WriteTo.
type memoryBody struct{ io.Reader }

func (memoryBody) Close() error { return nil }
