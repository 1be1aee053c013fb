package redislimit_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/redislimit"
)

// slots is a request for slots of a small limit.
func slots(change func(*api.SlotRequest)) api.SlotRequest {
	r := api.SlotRequest{
		Account: "a1b2c3", Operation: "GetThings", Client: "a",
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
	one := slots(func(r *api.SlotRequest) { r.Calls = 1 })
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
	_, err := redislimit.New(nowhere).Take(context.Background(), slots(func(*api.SlotRequest) {}))
	if err == nil || !strings.HasPrefix(err.Error(), "redislimit: ") {
		t.Errorf("error %v", err)
	}
}

// TestACLOfTheREADME is enough for a user of the store.
func TestACLOfTheREADME(t *testing.T) {
	s := newStore(t)
	readme, err := os.ReadFile("README.md")
	must(t, err)
	_, rest, found := strings.Cut(string(readme), "`ACL SETUSER sellers ")
	rules, _, _ := strings.Cut(rest, "`")
	if !found {
		t.Fatal("the README has no ACL SETUSER")
	}
	admin := s.client(t)
	must(t, admin.Do(t.Context(), "ACL", "SETUSER", "sellers", "reset").Err())
	setUser := []any{"ACL", "SETUSER", "sellers"}
	for rule := range strings.FieldsSeq(rules) {
		setUser = append(setUser, rule)
	}
	must(t, admin.Do(t.Context(), setUser...).Err())
	db := redis.NewClient(&redis.Options{Addr: s.address(), Username: "sellers", Password: "secret"})
	defer db.Close()
	limit := redislimit.New(db)
	for range 2 { // the script is new to the server at first
		takeSlots(t, limit, slots(func(r *api.SlotRequest) { r.Calls = 1 }))
	}
	if err := db.Get(t.Context(), "another").Err(); err == nil || errors.Is(err, redis.Nil) {
		t.Errorf("error %v, want that the user may not read another key", err)
	}
}
