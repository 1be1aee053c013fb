package redislimit_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/sellerscenter/client-go/api"
)

const (
	lost   = "shared limit lost"
	isBack = "shared limit is back"
	// soon is how long a call may take that has to find out that Redis does not answer: the quarter
	// of a second that it has for that, and as much again on a busy machine.
	soon = 500 * time.Millisecond
)

// checkCalls makes calls until the log has a text, none of which may fail or take long. A limit is
// said to be back ten seconds after its last failure.
func checkCalls(t *testing.T, client *api.Client, batch uuid.UUID, log *logText, text string) {
	t.Helper()
	for range 400 {
		took, err := call(t.Context(), client, batch)
		if err != nil || took > soon {
			t.Errorf("a call took %v, error %v", took, err)
		}
		if log.count(text) > 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("the log has no %q", text)
}

// TestFaults breaks Redis in the middle, lets calls go on, and mends it: the loss is said once, and no
// request is refused.
func TestFaults(t *testing.T) {
	do := func(args ...any) func(*testing.T, *store, *redis.Client) {
		return func(t *testing.T, _ *store, admin *redis.Client) {
			t.Helper()
			must(t, admin.Do(t.Context(), args...).Err())
		}
	}
	stop := func(_ *testing.T, s *store, _ *redis.Client) { s.stop() }
	start := func(t *testing.T, s *store, _ *redis.Client) {
		t.Helper()
		s.start(t)
	}
	for _, tt := range []struct {
		name       string
		isDown     bool // from the start
		begin, end func(*testing.T, *store, *redis.Client)
	}{
		{"slow by seconds", false, do("CLIENT", "PAUSE", "1500", "ALL"), do("PING")},
		{
			"read-only, as after a failover", false,
			do("REPLICAOF", "127.0.0.1", "1"), do("REPLICAOF", "NO", "ONE"),
		},
		{
			"out of memory", false,
			do("CONFIG", "SET", "maxmemory", "1"), do("CONFIG", "SET", "maxmemory", "0"),
		},
		{"killed, and begun anew", false, stop, start},
		{"down at the start", true, stop, start},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			if tt.isDown {
				s.stop()
			}
			m := newMarketplace(t, 10_000)
			client, log := m.newClient(t, share(s.client(t)), api.WithRateLimit(10_000))
			checkCalls(t, client, m.batch, log, "")
			tt.begin(t, s, s.client(t))
			checkCalls(t, client, m.batch, log, lost)
			tt.end(t, s, s.client(t))
			checkCalls(t, client, m.batch, log, isBack)
			if log.count(lost) != 1 || m.refused() > 0 {
				t.Errorf("%d requests refused; the log is\n%s", m.refused(), log)
			}
		})
	}
}

// TestFlushed forgets what was sent. The server's count still says so, and calls give way to it.
func TestFlushed(t *testing.T) {
	db := newStore(t).client(t)
	m := newMarketplace(t, 30)
	client, log := m.newClient(t, share(db), api.WithRateLimit(30))
	for range 29 {
		_, err := call(t.Context(), client, m.batch)
		must(t, err)
	}
	must(t, db.FlushAll(t.Context()).Err())
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	for range 3 {
		_, _ = call(ctx, client, m.batch)
	}
	if log.count(lost) > 0 || m.refused() > 0 {
		t.Errorf("%d requests refused; the log is\n%s", m.refused(), log)
	}
}
