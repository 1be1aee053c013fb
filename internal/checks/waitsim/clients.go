package waitsim

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/time/rate"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

const baseURL = "https://sellers.example.com"

// Wait waits for all batches, and calls known as it learns that one is done, from any goroutine.
type Wait func(ctx context.Context, ids []uuid.UUID, known func(uuid.UUID)) error

// WaitWith returns how a client waits.
func WaitWith(client *api.Client) Wait {
	return func(ctx context.Context, ids []uuid.UUID, known func(uuid.UUID)) error {
		for batch, err := range client.WaitShipOrderBatches(ctx, ids) {
			if err != nil {
				return err
			}
			known(batch.BatchRequestID)
		}
		return nil
	}
}

// Peer is what a user would write instead.
type Peer struct {
	Name string
	loop
}

// Peers are the loops that stand beside this client in the table.
var Peers = []Peer{
	{"plain loop, 1 s", loop{interval: time.Second}},
	{"plain loop, 5 s", loop{interval: 5 * time.Second}},
	{"go-retryablehttp, 5 s", loop{interval: 5 * time.Second, retries: true}},
	{"x/time/rate burst 1, 1 s", loop{interval: time.Second, burst: 1}},
	{"x/time/rate burst 200, 1 s", loop{interval: time.Second, burst: limit}},
}

// loop is what a user would write with the plain generated client: a loop for each batch that
// polls at an interval, and takes everything except a completed batch for "not yet".
type loop struct {
	interval time.Duration
	retries  bool // by go-retryablehttp
	burst    int  // of a limiter for all loops; 0 is no limiter
}

// waitAt returns how the loops of all batches wait at a server.
func (l loop) waitAt(server http.RoundTripper) Wait {
	return func(ctx context.Context, ids []uuid.UUID, known func(uuid.UUID)) error {
		return l.wait(ctx, server, ids, known)
	}
}

func (l loop) wait(
	ctx context.Context, server http.RoundTripper, ids []uuid.UUID, known func(uuid.UUID),
) error {
	client, err := generated.NewClientWithResponses(baseURL, generated.WithHTTPClient(l.httpClient(server)))
	if err != nil {
		return err
	}
	limiter := rate.NewLimiter(rate.Inf, 0)
	if l.burst > 0 {
		limiter = rate.NewLimiter(rate.Every(window/limit), l.burst)
	}
	var waits sync.WaitGroup
	for _, id := range ids {
		waits.Go(func() {
			if l.waitOne(ctx, client, limiter, id) {
				known(id)
			}
		})
	}
	waits.Wait()
	return ctx.Err()
}

func (l loop) httpClient(server http.RoundTripper) *http.Client {
	if !l.retries {
		return &http.Client{Transport: server}
	}
	c := retryablehttp.NewClient()
	c.Logger = nil
	c.HTTPClient.Transport = server
	return c.StandardClient()
}

// waitOne reports whether the batch was completed before the context ended.
func (l loop) waitOne(
	ctx context.Context,
	client *generated.ClientWithResponses,
	limiter *rate.Limiter,
	id uuid.UUID,
) bool {
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}
	ticker := time.NewTicker(l.interval)
	defer ticker.Stop()
	for {
		if err := limiter.Wait(ctx); err != nil {
			return false
		}
		resp, err := client.GetShipOrderBatchResultsWithResponse(ctx, params)
		if err == nil && resp.JSON200 != nil && string(resp.JSON200.Status) == "completed" {
			return true
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return false
		}
	}
}
