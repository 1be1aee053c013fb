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
		BatchRequestID: batchID, Status: generated.RequestStatusCompleted, Items: make([]generated.ShipmentResultItemSchema, items),
	}
	for i := range b.Items {
		b.Items[i] = generated.ShipmentResultItemSchema{
			Errors: []string{}, Success: true,
			RequestItem: generated.ShipmentItemSchema{
				OrderItems: []int64{9_007_199_254_740_993 + int64(i)}, CarrierKey: "DHL_STD_NATIONAL",
				ShipmentTrackingKey: fmt.Sprintf("%020d", 340_434_161_094_042_557+i), ReturnTrackingKey: fmt.Sprintf("%020d", 340_434_161_094_942_557+i),
			},
		}
		if i%10 == 9 {
			b.Items[i].Success, b.Items[i].Errors = false, []string{"Order item is already shipped"}
		}
	}
	return b
}

// answer is what the server says to a call, computed beforehand. It is the same over a socket and in memory.
type answer struct {
	header http.Header
	body   []byte
}

// newAnswer returns the answer with a batch of so many items. It says that more is left of the rate limit than any
// run needs. Chunked, it leaves the length of the body untold, as a proxy does that compresses.
func newAnswer(items int, chunked bool) (*answer, error) {
	body, err := json.Marshal(newBatch(items))
	a := &answer{http.Header{}, body}
	a.header.Set("Content-Type", "application/json; charset=utf-8")
	a.header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	a.header.Set("X-RateLimit-Remaining", strconv.Itoa(unreached))
	if !chunked {
		a.header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	return a, err
}

func (a *answer) accepts(r *http.Request) bool {
	return r.URL.RawQuery == query && r.Header.Get("X-API-Key") == apiKey
}

var query = "batch_request_id=" + batchID.String()

var errRefused = errors.New("refused: not the call that was to be made, or without the key")

// ServeHTTP answers over a socket.
func (a *answer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !a.accepts(r) {
		http.Error(w, errRefused.Error(), http.StatusUnauthorized)
		return
	}
	maps.Copy(w.Header(), a.header)
	if a.header.Get("Content-Length") == "" {
		_ = http.NewResponseController(w).Flush() // so that net/http does not reckon the length of a short body
	}
	_, _ = w.Write(a.body)
}

// RoundTrip answers in memory.
func (a *answer) RoundTrip(r *http.Request) (*http.Response, error) {
	if !a.accepts(r) {
		return nil, errRefused
	}
	length := int64(len(a.body))
	if a.header.Get("Content-Length") == "" {
		length = -1
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header.Clone(), Body: memoryBody{bytes.NewReader(a.body)}, ContentLength: length, Request: r,
	}, nil
}

// memoryBody can do no more than a body from the wire: it hides the Reader's WriteTo.
type memoryBody struct{ r *bytes.Reader }

func (b memoryBody) Read(p []byte) (int, error) { return b.r.Read(p) }

func (b memoryBody) Close() error { return nil }
