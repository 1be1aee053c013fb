package redislimit_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/redislimit"
)

const (
	lost = "shared limit lost"
	// soon is how long a call may take that has to find out that Redis does not answer: the quarter
	// of a second that it has for that, and as much again on a busy machine.
	soon = 500 * time.Millisecond
)

// timedLimit is a limit that notes when it last answered in time.
type timedLimit struct {
	api.SharedLimit

	answered atomic.Pointer[time.Time]
}

func (l *timedLimit) Take(ctx context.Context, r api.SlotRequest) (api.SlotGrant, error) {
	asked := time.Now()
	grant, err := l.SharedLimit.Take(ctx, r)
	if err == nil && ctx.Err() == nil {
		l.answered.Store(&asked)
	}
	return grant, err
}

// checkCalls makes calls until something has happened. None of them may fail or take long.
func checkCalls(t *testing.T, client *api.Client, batch uuid.UUID, what string, hasHappened func() bool) {
	t.Helper()
	for range 400 {
		took, err := call(t.Context(), client, batch)
		if err != nil || took > soon {
			t.Errorf("a call took %v, error %v", took, err)
		}
		if hasHappened() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("the limit is not %s", what)
}

// TestFaults breaks Redis in the middle, lets calls go on, and mends it: the loss is said once, no
// request is refused, and Redis is asked again.
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
			limit := &timedLimit{SharedLimit: redislimit.New(s.client(t))}
			client, log := m.newClient(t, api.WithSharedLimit(limit), api.WithRateLimit(10_000))
			checkCalls(t, client, m.batch, "used", func() bool { return true })
			tt.begin(t, s, s.client(t))
			checkCalls(t, client, m.batch, "lost", func() bool { return log.count(lost) > 0 })
			tt.end(t, s, s.client(t))
			mended := time.Now()
			checkCalls(t, client, m.batch, "back", func() bool {
				at := limit.answered.Load()
				return at != nil && at.After(mended)
			})
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
