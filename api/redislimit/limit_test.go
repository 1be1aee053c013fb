package redislimit_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/redislimit"
)

// slots is a request of a client for slots of a small limit.
func slots(client string, change func(*api.SlotRequest)) api.SlotRequest {
	r := api.SlotRequest{
		Account: "a1b2c3", Operation: "GetThings", Client: client,
		Limit: 12, Hold: time.Minute, Remaining: -1,
	}
	change(&r)
	return r
}

func takeSlots(t *testing.T, limit *redislimit.Limit, r api.SlotRequest) api.SlotGrant {
	t.Helper()
	grant, err := limit.Take(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return grant
}

func TestTake(t *testing.T) {
	calls := func(n int) func(*api.SlotRequest) { return func(r *api.SlotRequest) { r.Calls = n } }
	polls := func(n int) func(*api.SlotRequest) { return func(r *api.SlotRequest) { r.Polls = n } }
	type step struct {
		request    api.SlotRequest
		calls      int
		polls      int
		free       int
		wait, upTo time.Duration // the least and the most
		paused     bool
	}
	for name, steps := range map[string][]step{
		"calls go until no slot is free": {
			{request: slots("a", calls(5)), calls: 5, free: 7, upTo: 10 * time.Second},
			{request: slots("b", calls(9)), calls: 7, wait: 59 * time.Second, upTo: 61 * time.Second},
			{request: slots("a", calls(1)), wait: 59 * time.Second, upTo: 61 * time.Second},
		},
		"a sixth of the limit goes to polls at once": {
			{request: slots("a", polls(5)), polls: 2, free: 10, wait: time.Second, upTo: 10 * time.Second},
			{request: slots("b", polls(5)), free: 10, wait: time.Second, upTo: 20 * time.Second},
		},
		"a wait that has ended lets a poll go": {
			{request: slots("a", polls(3)), polls: 2, free: 10, wait: time.Second, upTo: 10 * time.Second},
			{request: slots("a", func(r *api.SlotRequest) { r.Polls, r.Ended = 1, 1 }), polls: 1, free: 9,
				upTo: 10 * time.Second},
		},
		"calls of any client go before all polls": {
			{request: slots("a", calls(13)), calls: 12, wait: 59 * time.Second, upTo: 61 * time.Second},
			{request: slots("b", func(r *api.SlotRequest) { r.Polls, r.Sent = 1, -6 }), free: 6,
				upTo: 10 * time.Second},
			{request: slots("a", calls(1)), calls: 1, free: 5, upTo: 10 * time.Second},
			{request: slots("b", polls(1)), polls: 1, free: 4, upTo: 10 * time.Second},
		},
		"a pause tells all clients": {
			{request: slots("a", func(r *api.SlotRequest) { r.Pause = 20 * time.Second }), free: 12,
				wait: 19 * time.Second, upTo: 20 * time.Second, paused: true},
			{request: slots("b", calls(1)), free: 12, wait: 19 * time.Second, upTo: 20 * time.Second,
				paused: true},
		},
		"what was sent without a slot counts": {
			{request: slots("a", func(r *api.SlotRequest) { r.Calls, r.Sent = 4, 10 }), calls: 2,
				wait: 59 * time.Second, upTo: 61 * time.Second},
		},
		"others who do not share count": {
			{request: slots("a", func(r *api.SlotRequest) { r.Calls, r.Remaining = 4, 3 }), calls: 3,
				free: 9, wait: time.Second, upTo: 20 * time.Second},
			{request: slots("a", func(r *api.SlotRequest) { r.Calls, r.Urgent = 1, true }), calls: 1,
				free: 8, upTo: 20 * time.Second},
		},
	} {
		t.Run(name, func(t *testing.T) {
			limit := redislimit.New(newStore(t).client(t))
			for i, s := range steps {
				got := takeSlots(t, limit, s.request)
				granted := got.Calls == s.calls && got.Polls == s.polls && got.Free == s.free
				inTime := got.Wait >= s.wait && got.Wait <= s.upTo
				if !granted || !inTime || got.Paused > 0 != s.paused {
					t.Errorf("step %d: granted %+v, want %+v", i+1, got, s)
				}
			}
		})
	}
}

func TestSlotsComeFree(t *testing.T) {
	limit := redislimit.New(newStore(t).client(t))
	brief := slots("a", func(r *api.SlotRequest) { r.Calls, r.Hold = 12, 300*time.Millisecond })
	if got := takeSlots(t, limit, brief); got.Calls != 12 {
		t.Fatalf("granted %+v", got)
	}
	none := takeSlots(t, limit, brief)
	if none.Calls != 0 || none.Wait <= 0 {
		t.Fatalf("granted %+v", none)
	}
	time.Sleep(none.Wait)
	if got := takeSlots(t, limit, brief); got.Calls != 12 {
		t.Errorf("granted %+v after %v", got, none.Wait)
	}
}

// TestKeys shows that a count is one key, which tells nothing of the API key and expires.
func TestKeys(t *testing.T) {
	for _, tt := range []struct {
		name   string
		opts   []redislimit.Option
		prefix string
	}{
		{"default", nil, "sellerscenter:limit:{"},
		{"of the user's", []redislimit.Option{redislimit.WithPrefix("shop:")}, "shop:{"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := newStore(t).client(t)
			m := newMarketplace(t, 200)
			client, _ := m.newClient(t, api.WithSharedLimit(redislimit.New(db, tt.opts...)))
			if _, err := call(t.Context(), client, m.batch); err != nil {
				t.Fatal(err)
			}
			keys, err := db.Keys(t.Context(), "*").Result()
			if err != nil || len(keys) != 1 {
				t.Fatalf("keys %q, error %v", keys, err)
			}
			if !strings.HasPrefix(keys[0], tt.prefix) ||
				!strings.HasSuffix(keys[0], ":GetShipOrderBatchResults}") ||
				strings.Contains(keys[0], "apitest") {
				t.Errorf("key %q", keys[0])
			}
			ttl, err := db.PTTL(t.Context(), keys[0]).Result()
			if err != nil || ttl <= time.Minute || ttl > 5*time.Minute {
				t.Errorf("the key expires in %v, error %v", ttl, err)
			}
		})
	}
}

// TestEachKeyHasACountOfItsOwn has a second API key, which has a limit of its own.
func TestEachKeyHasACountOfItsOwn(t *testing.T) {
	db := newStore(t).client(t)
	m := newMarketplace(t, 0)
	for _, key := range []string{"first-key-0123456789", "second-key-0123456789"} {
		m.SetKey(key)
		client, err := api.New(m.url, key, share(db))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := call(t.Context(), client, m.batch); err != nil {
				t.Fatal(err)
			}
		}
	}
	if keys := db.Keys(t.Context(), "*").Val(); len(keys) != 2 {
		t.Errorf("keys %q", keys)
	}
}

// TestScriptThatTheServerHasLost is sent again.
func TestScriptThatTheServerHasLost(t *testing.T) {
	db := newStore(t).client(t)
	limit := redislimit.New(db)
	one := slots("a", func(r *api.SlotRequest) { r.Calls = 1 })
	takeSlots(t, limit, one)
	if err := db.ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if got := takeSlots(t, limit, one); got.Calls != 1 || got.Free != 10 {
		t.Errorf("granted %+v", got)
	}
}

// TestOneRoundTripForEachRequest counts the commands of 100 calls, one after the other.
func TestOneRoundTripForEachRequest(t *testing.T) {
	db := newStore(t).client(t)
	counter := &commands{}
	db.AddHook(counter)
	m := newMarketplace(t, 200)
	client, _ := m.newClient(t, share(db))
	const calls = 100
	for range calls {
		if _, err := call(t.Context(), client, m.batch); err != nil {
			t.Fatal(err)
		}
	}
	if n := counter.n.Load(); n > calls+5 { // the first are a connection's, and the script itself
		t.Errorf("%d commands for %d calls", n, calls)
	}
}

func TestNilArgumentsPanic(t *testing.T) {
	db := redis.NewClient(&redis.Options{})
	defer db.Close()
	for name, makeOne := range map[string]func(){
		"no client":      func() { redislimit.New(nil) },
		"a nil pointer":  func() { redislimit.New((*redis.Client)(nil)) },
		"a nil function": func() { redislimit.New(db, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if text, ok := recover().(string); !ok || !strings.HasPrefix(text, "redislimit: ") {
					t.Errorf("the panic is %v", text)
				}
			}()
			makeOne()
		})
	}
}

func TestErrorsAreThoseOfRedis(t *testing.T) {
	nowhere := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + freePort(t), MaxRetries: -1})
	defer nowhere.Close()
	_, err := redislimit.New(nowhere).Take(context.Background(), slots("a", func(*api.SlotRequest) {}))
	if err == nil || !strings.HasPrefix(err.Error(), "redislimit: ") {
		t.Errorf("error %v", err)
	}
}
