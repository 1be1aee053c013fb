package main

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

// response is what the server sends to a call, computed beforehand. It is the same over a socket
// and in memory.
type response struct {
	header http.Header
	body   []byte
}

// newResponse returns the response with a batch of so many items. It says that more is left of the
// rate limit than any run needs. Chunked, it does not state the length of the body, as with a
// proxy that compresses.
func newResponse(items int, chunked bool) (*response, error) {
	body, err := json.Marshal(newBatch(items))
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	header.Set("X-RateLimit-Remaining", strconv.Itoa(unreached))
	if !chunked {
		header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	return &response{header: header, body: body}, nil
}

func (re *response) accepts(r *http.Request) bool {
	return r.URL.RawQuery == query && r.Header.Get("X-API-Key") == apiKey
}

var query = "batch_request_id=" + batchID.String()

var errRefused = errors.New("refused: not the call that was to be made, or without the key")

// ServeHTTP sends the response over a socket.
func (re *response) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !re.accepts(r) {
		http.Error(w, errRefused.Error(), http.StatusUnauthorized)
		return
	}
	maps.Copy(w.Header(), re.header)
	if re.header.Get("Content-Length") == "" {
		// So that net/http does not add the length of a short body.
		_ = http.NewResponseController(w).Flush()
	}
	_, _ = w.Write(re.body)
}

// RoundTrip returns the response in memory.
func (re *response) RoundTrip(r *http.Request) (*http.Response, error) {
	if !re.accepts(r) {
		return nil, errRefused
	}
	length := int64(len(re.body))
	if re.header.Get("Content-Length") == "" {
		length = -1
	}
	return &http.Response{
		Status:        "200 OK",
		StatusCode:    http.StatusOK,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        re.header.Clone(),
		Body:          memoryBody{bytes.NewReader(re.body)},
		ContentLength: length,
		Request:       r,
	}, nil
}

// memoryBody can do no more than a body from the wire: it hides the Reader's WriteTo.
type memoryBody struct{ r *bytes.Reader }

func (b memoryBody) Read(p []byte) (int, error) { return b.r.Read(p) }

func (b memoryBody) Close() error { return nil }
