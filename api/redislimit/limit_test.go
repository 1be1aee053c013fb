package redislimit_test

import (
	"errors"
	"os"
	"slices"
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

// calls is a request for slots for direct calls.
func calls(n int) api.SlotRequest { return slots(func(r *api.SlotRequest) { r.Calls = n }) }

func takeSlots(t *testing.T, limit *redislimit.Limit, r api.SlotRequest) api.SlotGrant {
	t.Helper()
	grant, err := limit.Take(t.Context(), r)
	must(t, err)
	return grant
}

// TestKeys: each account and operation has a count, in one key, which expires.
func TestKeys(t *testing.T) {
	db := newStore(t).client(t)
	takeSlots(t, redislimit.New(db), calls(1))
	takeSlots(t, redislimit.New(db), slots(func(r *api.SlotRequest) { r.Account = "d4e5f6" }))
	takeSlots(t, redislimit.New(db, redislimit.WithPrefix("shop:")), calls(1))
	got, err := db.Keys(t.Context(), "*").Result()
	must(t, err)
	slices.Sort(got)
	want := []string{
		"sellerscenter:limit:{a1b2c3:GetThings}", "sellerscenter:limit:{d4e5f6:GetThings}",
		"shop:{a1b2c3:GetThings}",
	}
	if !slices.Equal(got, want) {
		t.Fatalf("keys %q, want %q", got, want)
	}
	if ttl := db.PTTL(t.Context(), want[0]).Val(); ttl <= time.Minute || ttl > 5*time.Minute {
		t.Errorf("the key expires in %v", ttl)
	}
}

// TestOneRoundTripForEachRequest counts the commands of 100 requests, and of one more after the server
// has lost the script.
func TestOneRoundTripForEachRequest(t *testing.T) {
	db := newStore(t).client(t)
	limit := redislimit.New(db)
	for range 100 {
		takeSlots(t, limit, calls(0))
	}
	if n := questions(t, db); n != 101 { // the first one, by its hash, finds no script
		t.Errorf("%d commands for 100 requests", n)
	}
	must(t, db.ScriptFlush(t.Context()).Err())
	if got := takeSlots(t, limit, calls(1)); got.Calls != 1 || got.Free != 11 {
		t.Errorf("without the script granted %+v", got)
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
	_, err := redislimit.New(nowhere).Take(t.Context(), calls(1))
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
	takeSlots(t, limit, calls(1))
	takeSlots(t, limit, calls(1)) // the script was new to the server at first
	if err := db.Get(t.Context(), "another").Err(); err == nil || errors.Is(err, redis.Nil) {
		t.Errorf("error %v, want that the user may not read another key", err)
	}
}
