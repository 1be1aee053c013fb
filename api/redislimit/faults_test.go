package redislimit_test

import (
	"context"
	"errors"
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

// checkCalls makes calls for a while, none of which may fail or take long. A limit is said to be back
// ten seconds after its last failure.
func checkCalls(t *testing.T, client *api.Client, batch uuid.UUID, until func() bool) {
	t.Helper()
	for range 400 {
		took, err := call(t.Context(), client, batch)
		if err != nil {
			t.Fatal(err)
		}
		if took > soon {
			t.Errorf("a call took %v", took)
		}
		if until() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("what was waited for has not come")
}

// fault is something that happens to Redis, and ends.
type fault struct {
	name  string
	begin func(ctx context.Context, s *store, admin *redis.Client) error
	end   func(ctx context.Context, s *store, admin *redis.Client) error
}

var faults = []fault{
	{
		name: "slow by seconds",
		begin: func(ctx context.Context, _ *store, admin *redis.Client) error {
			return admin.Do(ctx, "CLIENT", "PAUSE", "1500", "ALL").Err()
		},
		end: func(context.Context, *store, *redis.Client) error { return nil },
	},
	{
		name: "read-only, as after a failover",
		begin: func(ctx context.Context, s *store, admin *redis.Client) error {
			return admin.Do(ctx, "REPLICAOF", "127.0.0.1", s.nobody).Err()
		},
		end: func(ctx context.Context, _ *store, admin *redis.Client) error {
			return admin.Do(ctx, "REPLICAOF", "NO", "ONE").Err()
		},
	},
	{
		name: "out of memory",
		begin: func(ctx context.Context, _ *store, admin *redis.Client) error {
			return admin.ConfigSet(ctx, "maxmemory", "1").Err()
		},
		end: func(ctx context.Context, _ *store, admin *redis.Client) error {
			return admin.ConfigSet(ctx, "maxmemory", "0").Err()
		},
	},
}

// TestFaults breaks Redis in the middle, lets calls go on, and mends it.
func TestFaults(t *testing.T) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			admin := s.client(t)
			checkFault(t, s,
				func() { must(t, f.begin(t.Context(), s, admin)) },
				func() { must(t, f.end(t.Context(), s, admin)) })
		})
	}
}

// TestFailover kills the server, and starts one that knows nothing in its place.
func TestFailover(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	checkFault(t, s, s.stop, func() { s.start(t) })
}

func checkFault(t *testing.T, s *store, begin, end func()) {
	t.Helper()
	m := newMarketplace(t, 10_000)
	client, log := m.newClient(t, share(s.client(t)), api.WithRateLimit(10_000))
	checkCalls(t, client, m.batch, func() bool { return true })
	begin()
	checkCalls(t, client, m.batch, func() bool { return log.count(lost) == 1 })
	end()
	checkCalls(t, client, m.batch, func() bool { return log.count(isBack) == 1 })
	if log.count(lost) != 1 || m.refused() > 0 {
		t.Errorf("%d requests refused; the log is\n%s", m.refused(), log)
	}
}

func TestDownAtTheStart(t *testing.T) {
	t.Parallel()
	s := &store{port: freePort(t)}
	t.Cleanup(s.stop)
	m := newMarketplace(t, 10_000)
	client, log := m.newClient(t, share(s.client(t)), api.WithRateLimit(10_000))
	checkCalls(t, client, m.batch, func() bool { return log.count(lost) == 1 })
	s.start(t)
	checkCalls(t, client, m.batch, func() bool { return log.count(isBack) == 1 })
	if log.count(lost) != 1 {
		t.Errorf("the log is\n%s", log)
	}
}

// TestFlushed forgets what was sent. The server's count still says so, and calls give way to it.
func TestFlushed(t *testing.T) {
	db := newStore(t).client(t)
	m := newMarketplace(t, 30)
	client, log := m.newClient(t, share(db), api.WithRateLimit(30))
	for range 29 {
		if _, err := call(t.Context(), client, m.batch); err != nil {
			t.Fatal(err)
		}
	}
	must(t, db.FlushAll(t.Context()).Err())
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for range 3 {
		_, err := call(ctx, client, m.batch)
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	}
	if log.count(lost) > 0 {
		t.Errorf("the log is\n%s", log)
	}
}

// TestCancelledCallReturnsAtOnce cancels a call that waits for an answer of Redis.
func TestCancelledCallReturnsAtOnce(t *testing.T) {
	s := newStore(t)
	m := newMarketplace(t, 200)
	client, _ := m.newClient(t, share(s.client(t)))
	checkCalls(t, client, m.batch, func() bool { return true })
	must(t, s.client(t).Do(t.Context(), "CLIENT", "PAUSE", "1000", "ALL").Err())
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	took, err := call(ctx, client, m.batch)
	if !errors.Is(err, context.Canceled) || took > 60*time.Millisecond+soon/10 {
		t.Errorf("error %v after %v", err, took)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
