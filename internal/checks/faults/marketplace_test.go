package faults

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/generated"
)

const (
	apiKey      = "faults-key-0123456789"
	resultsPath = "/api/v1/results/ship-orders"
	shipPath    = "/api/v1/orders/ship"
)

// numbered returns the id of a call. The right response follows from it; those of numbers with
// nine digits have one length.
func numbered(n uint32) uuid.UUID {
	id := uuid.UUID{0x0d, 0x7c, 0x3f, 0x4e, 0x1f, 0x5b, 0x4c, 0x8e, 0x9b, 0x61}
	binary.BigEndian.PutUint32(id[12:], n)
	return id
}

func numberOf(id uuid.UUID) uint32 { return binary.BigEndian.Uint32(id[12:]) }

var lastNumber atomic.Uint32

func init() { lastNumber.Store(100_000_000) }

// newID returns an id that no other call has.
func newID() uuid.UUID { return numbered(lastNumber.Add(1)) }

// results are those of the batch with an id.
func results(id uuid.UUID) generated.ShipmentOrderResultsResponseSchema {
	r := generated.ShipmentOrderResultsResponseSchema{
		BatchRequestID: id,
		Status:         generated.RequestStatusCompleted,
	}
	for i := range int64(8) {
		item := shipment(id)
		item.OrderItems = append(item.OrderItems, 1<<53+1+10*int64(numberOf(id))+i)
		r.Items = append(r.Items, generated.ShipmentResultItemSchema{
			Success:     i > 0,
			Errors:      []string{"line " + strconv.FormatInt(i, 10)},
			RequestItem: item,
		})
	}
	return r
}

// shipment is what is posted under an id: one order item, of the id's number.
func shipment(id uuid.UUID) generated.ShipmentItemSchema {
	return generated.ShipmentItemSchema{
		OrderItems: []int64{int64(numberOf(id))}, CarrierKey: "DHL_STD_NATIONAL",
		ShipmentTrackingKey: id.String(), ReturnTrackingKey: "00340434161094049990",
	}
}

// receipt is the response to a POST. Its note makes it long enough to be cut anywhere.
type receipt struct {
	BatchRequestID uuid.UUID `json:"batchRequestId"`
	OrderItem      int64     `json:"orderItem"`
	Note           string    `json:"note"`
}

func receiptOf(item generated.ShipmentItemSchema) (receipt, error) {
	id, err := uuid.Parse(item.ShipmentTrackingKey)
	if err != nil || len(item.OrderItems) != 1 {
		return receipt{}, errors.New("not a shipment of one order item")
	}
	return receipt{
		BatchRequestID: uuid.NewSHA1(id, []byte("batch")),
		OrderItem:      item.OrderItems[0],
		Note:           strings.Repeat("received ", 240),
	}, nil
}

// responseTo returns the id and the right response of a whole request.
func responseTo(method, query string, body []byte) (id uuid.UUID, response []byte, err error) {
	if method == http.MethodGet {
		id, err = uuid.Parse(strings.TrimPrefix(query, "batch_request_id="))
		if err != nil {
			return uuid.Nil, nil, err
		}
		response, err = json.Marshal(results(id))
		return id, response, err
	}
	var item generated.ShipmentItemSchema
	if err := json.Unmarshal(body, &item); err != nil {
		return uuid.Nil, nil, err
	}
	r, err := receiptOf(item)
	if err != nil {
		return uuid.Nil, nil, err
	}
	response, err = json.Marshal(r)
	return uuid.MustParse(item.ShipmentTrackingKey), response, err
}

// marketplace is an honest server. It counts the requests that arrived whole, which it has
// processed then.
type marketplace struct {
	chunked bool // responses do not tell their length

	mu        sync.Mutex
	processed map[uuid.UUID]int
}

func (m *marketplace) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // cut short
	}
	id, response, err := responseTo(r.Method, r.URL.RawQuery, body)
	if err != nil || r.Header.Get("X-API-Key") != apiKey {
		http.Error(w, "neither a batch nor an order, or the wrong key", http.StatusBadRequest)
		return
	}
	m.process(id)
	w.Header().Set("Content-Type", "application/json")
	if !m.chunked {
		w.Header().Set("Content-Length", strconv.Itoa(len(response)))
	}
	_, _ = w.Write(response)
}

func (m *marketplace) process(id uuid.UUID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.processed == nil {
		m.processed = map[uuid.UUID]int{}
	}
	m.processed[id]++
}

func (m *marketplace) timesProcessed(id uuid.UUID) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.processed[id]
}
