package growth

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/generated"
)

// inbox takes webhooks. It answers at once, and leaves the work to whoever reads the events, which need
// a buffer. A 2xx ends the deliveries: where a restart must lose no event, a database is the place for
// events and ids.
// Anybody who knows the URL can send to it: put a secret into the URL, or verify a signature.
//
// What comes again is dropped: a webhook is sent hourly for two days until its response is 2xx.
func inbox(events chan<- generated.OrderEventSchema) http.HandlerFunc {
	var mu sync.Mutex
	seen := map[uuid.UUID]time.Time{} // when each event came first
	return func(w http.ResponseWriter, r *http.Request) {
		var event generated.OrderEventSchema
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&event)
		mu.Lock()
		defer mu.Unlock()
		maps.DeleteFunc(seen, func(_ uuid.UUID, at time.Time) bool { return time.Since(at) > 72*time.Hour })
		switch _, isRepeat := seen[event.ID]; {
		case err != nil || event.ID == uuid.Nil:
			http.Error(w, "not an event", http.StatusBadRequest)
		case isRepeat: // 200
		case len(events) == cap(events): // too many at once: let it come again
			http.Error(w, "busy", http.StatusServiceUnavailable)
		default:
			events <- event
			seen[event.ID] = time.Now()
		}
	}
}

// The payload of a webhook has a generated type, too.
func Example_webhook() {
	events := make(chan generated.OrderEventSchema, 1)
	handler := inbox(events)
	for _, body := range []string{
		`{"id": "6f1f7a3e-3c1d-4a53-9d8e-0f6f5c1f4f7e", "orderId": 4711}`,
		`{"id": "6f1f7a3e-3c1d-4a53-9d8e-0f6f5c1f4f7e", "orderId": 4711}`,
		`{"id": "7f1f7a3e-3c1d-4a53-9d8e-0f6f5c1f4f7e", "orderId": 4712}`,
		`<html>`,
	} {
		w := httptest.NewRecorder()
		handler(w, httptest.NewRequest(http.MethodPost, "/webhooks", strings.NewReader(body)))
		fmt.Println(w.Code, len(events))
	}
	fmt.Println("order", (<-events).OrderID)
	// Output:
	// 200 1
	// 200 1
	// 503 1
	// 400 1
	// order 4711
}
