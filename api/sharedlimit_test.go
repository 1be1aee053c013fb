package api_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

var okReply = reply(200, completed, "Content-Type", "application/json")

// oddLimit is a SharedLimit of a careless user's.
type oddLimit func(api.SlotRequest) (api.SlotGrant, error)

func (f oddLimit) Take(_ context.Context, r api.SlotRequest) (api.SlotGrant, error) { return f(r) }

// TestOtherKeysAndOriginsShareNothing: each server counts for each key.
func TestOtherKeysAndOriginsShareNothing(t *testing.T) {
	for _, tt := range []struct {
		name, base, key string
		shares          bool
	}{
		{"the same", baseURL, markedKey, true},
		{"another key", baseURL, "another-key-0123456789abcdef", false},
		{"another host", "https://sandbox.example.com", markedKey, false},
		{"another port", baseURL + ":8443", markedKey, false},
		{"another scheme", "http://sellers.example.com:443", markedKey, false},
		{"another spelling", "https://SELLERS.example.com:443/", markedKey, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				share := api.WithSharedLimit(&apitest.SharedLimit{})
				other, err := api.New(tt.base, tt.key, share, api.WithInsecureHTTP(),
					api.WithHTTPClient(&http.Client{Transport: okReply}))
				if err != nil {
					t.Fatal(err)
				}
				took := callAll(t, 150, newClient(t, okReply, share), other)
				if shares := took > time.Second; shares != tt.shares {
					t.Errorf("150 calls with each took %v, want them to share: %v", took, tt.shares)
				}
			})
		})
	}
}

// TestSharedLimitThatFails costs no call, is said once, and comes back. What was sent meanwhile counts.
func TestSharedLimitThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var isDown atomic.Bool
		limit := &apitest.SharedLimit{Err: func(context.Context) error {
			if isDown.Load() {
				return errors.New("broken")
			}
			return nil
		}}
		var log bytes.Buffer
		c := newClient(t, okReply, api.WithSharedLimit(limit),
			api.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		calls(t, c, 50)
		isDown.Store(true)
		calls(t, c, 50)
		time.Sleep(2 * time.Second)
		isDown.Store(false)
		for range 2 {
			calls(t, c, 1)
			time.Sleep(15 * time.Second)
		}
		got := regexp.MustCompile(`level=.*`).FindAllString(log.String(), -1)
		want := []string{`level=WARN msg="sellerscenter: shared limit lost, counting alone" cause=broken`}
		if !slices.Equal(got, want) {
			t.Errorf("logged %q, want %q", got, want)
		}
		if took := callAll(t, 99, newClient(t, okReply, api.WithSharedLimit(limit))); took < 10*time.Second {
			t.Errorf("102 and 99 calls took %v, want the last one in the next minute", took)
		}
	})
}
