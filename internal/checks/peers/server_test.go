package peers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
		item := generated.ShipmentResultItemSchema{
			Errors:  []string{},
			Success: true,
			RequestItem: generated.ShipmentItemSchema{
				OrderItems:          []int64{9_007_199_254_740_993 + int64(i)},
				CarrierKey:          "DHL_STD_NATIONAL",
				ShipmentTrackingKey: fmt.Sprintf("%020d", 340_434_161_094_042_557+i),
				ReturnTrackingKey:   fmt.Sprintf("%020d", 340_434_161_094_942_557+i),
			},
		}
		if i%10 == 9 {
			item.Success = false
			item.Errors = []string{"Order item is already shipped"}
		}
		b.Items = append(b.Items, item)
	}
	return b
}

// server gives each call the same response, made beforehand: over a socket as a handler, in memory
// as a transport.
type server struct {
	header http.Header
	body   []byte
}

func newServer(items int) (*server, error) {
	body, err := json.Marshal(newBatch(items))
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	header.Set("X-RateLimit-Remaining", strconv.Itoa(unreached))
	return &server{header: header, body: body}, nil
}

var errRefused = errors.New("refused: not the call that was to be made, or without the key")

func (s *server) accepts(r *http.Request) bool {
	return r.URL.RawQuery == "batch_request_id="+batchID.String() && r.Header.Get("X-API-Key") == apiKey
}

// ServeHTTP sends the response over a socket.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.accepts(r) {
		http.Error(w, errRefused.Error(), http.StatusUnauthorized)
		return
	}
	maps.Copy(w.Header(), s.header)
	_, _ = w.Write(s.body)
}

// RoundTrip returns the response in memory.
func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	if !s.accepts(r) {
		return nil, errRefused
	}
	return &http.Response{
		Status:        "200 OK",
		StatusCode:    http.StatusOK,
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
type memoryBody struct{ r *bytes.Reader }

func (b memoryBody) Read(p []byte) (int, error) { return b.r.Read(p) }

func (b memoryBody) Close() error { return nil }
