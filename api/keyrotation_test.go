package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
)

// rotation is a source of keys that live for a while, and the server that takes the latest one. A
// batch is done at its second poll.
type rotation struct {
	start time.Time
	lives time.Duration

	mu       sync.Mutex
	polled   map[uuid.UUID]bool
	requests int
	refused  int
}

func (s *rotation) key(context.Context) (string, error) {
	return fmt.Sprintf("%s-%d", markedKey, time.Since(s.start)/s.lives), nil
}

func (s *rotation) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(40 * time.Millisecond)
	status := http.StatusOK
	if key, _ := s.key(r.Context()); r.Header.Get("X-API-Key") != key {
		status = http.StatusUnauthorized
	}
	id := requestedBatch(r)
	state := api.StatusPending
	s.mu.Lock()
	s.requests++
	if status != http.StatusOK {
		s.refused++
	} else if s.polled[id] {
		state = api.StatusCompleted
	}
	s.polled[id] = true
	s.mu.Unlock()
	return reply(status, fmt.Sprintf(`{"batchRequestId":%q,"status":%q,"items":[]}`, id, state))(r)
}

// TestKeysRotateWhileRequestsWaitForTheirTurn has many more requests than may go while a key lives.
func TestKeysRotateWhileRequestsWaitForTheirTurn(t *testing.T) {
	for _, tt := range []struct {
		name         string
		lives        time.Duration
		perMinute    int
		waits, calls int
	}{
		{"waits, keys of two minutes", 2 * time.Minute, 200, 600, 0},
		{"waits, keys of an hour", time.Hour, 20, 1500, 0},
		{"direct calls, keys of a minute", time.Minute, 10, 0, 40},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &rotation{start: time.Now(), lives: tt.lives, polled: map[uuid.UUID]bool{}}
				c := newClient(t, s, api.WithKeySource(s.key), api.WithRateLimit(tt.perMinute))
				callAll(t, tt.calls, c)
				failed := 0
				for _, err := range c.WaitShipOrderBatches(t.Context(), newIDs(tt.waits)) {
					if errors.Is(err, api.ErrUnauthorized) {
						failed++
					}
				}
				// A key may change while a request is on its way.
				if failed > 0 || s.refused > s.requests/100 {
					t.Errorf("%d waits failed, %d of %d requests were refused", failed, s.refused, s.requests)
				}
			})
		})
	}
}

// TestKeyOfTheSharedLimit has a key that changes: requests count for the key that was used last, and
// the first ones for theirs.
func TestKeyOfTheSharedLimit(t *testing.T) {
	const first, second = "first-key-0123456789", "second-key-0123456789"
	var asked []string
	limit := oddLimit(func(r api.SlotRequest) (api.SlotGrant, error) {
		asked = append(asked, r.Account)
		return api.SlotGrant{Calls: r.Calls}, nil
	})
	accounts := func(key string, calls int, opts ...api.Option) []string {
		asked = nil
		through := api.WithHTTPClient(&http.Client{Transport: okReply})
		c, err := api.New(baseURL, key, append(opts, through, api.WithSharedLimit(limit))...)
		if err != nil {
			t.Fatal(err)
		}
		for range calls {
			if _, err := get(t.Context(), c); err != nil {
				t.Error(err)
			}
		}
		return slices.Compact(asked)
	}
	want := append(accounts(first, 1), accounts(second, 1)...)
	v := &keyVault{keys: []string{first, first, second}}
	got := accounts("", 3, api.WithKeySource(v.key))
	if len(want) != 2 || !slices.Equal(got, want) || strings.Contains(strings.Join(got, " "), "key") {
		t.Errorf("the accounts %q, want %q", got, want)
	}
	v = &keyVault{keys: []string{"sealed"}}
	c := newClient(t, okReply, api.WithKeySource(v.key), api.WithSharedLimit(limit))
	asked = nil
	if _, err := get(t.Context(), c); !errors.Is(err, errSealed) || len(asked) > 0 {
		t.Errorf("without a key: error %v, asked for the accounts %q", err, asked)
	}
}
