package redislimit_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

// The environment of a process that TestProcesses starts.
const (
	workerURL   = "REDISLIMIT_WORKER_URL"
	workerRedis = "REDISLIMIT_WORKER_REDIS"
	workerBatch = "REDISLIMIT_WORKER_BATCH"
	workerCalls = "REDISLIMIT_WORKER_CALLS"
)

// perMinute is the limit of the marketplace, which the processes know as if from the spec.
const perMinute = 1000

// work makes calls as one of several processes.
func work() error {
	calls, err := strconv.Atoi(os.Getenv(workerCalls))
	if err != nil {
		return err
	}
	batch, err := uuid.Parse(os.Getenv(workerBatch))
	if err != nil {
		return err
	}
	db := redis.NewClient(&redis.Options{Addr: os.Getenv(workerRedis)})
	defer db.Close()
	client, err := api.New(os.Getenv(workerURL), apitest.Key, share(db), api.WithRateLimit(perMinute))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	failures := make(chan error, calls)
	var all sync.WaitGroup
	for range calls {
		all.Go(func() {
			_, err := call(ctx, client, batch)
			failures <- err
		})
	}
	all.Wait()
	close(failures)
	var errs []error
	for err := range failures {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// TestProcesses lets eight processes with one key make 2,000 calls, twice what the limit allows in a
// minute: none is refused, and nearly all of the budget is used.
func TestProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	const (
		processes = 8
		calls     = 2000
	)
	db := newStore(t)
	m := newMarketplace(t, perMinute)
	var running []*exec.Cmd
	began := time.Now()
	for range processes {
		process := exec.CommandContext(t.Context(), os.Args[0])
		process.Env = append(os.Environ(),
			workerURL+"="+m.url,
			workerRedis+"="+db.address(),
			workerBatch+"="+m.batch.String(),
			fmt.Sprintf("%s=%d", workerCalls, calls/processes))
		process.Stderr = os.Stderr
		must(t, process.Start())
		running = append(running, process)
	}
	for _, process := range running {
		if err := process.Wait(); err != nil {
			t.Error(err)
		}
	}
	requests := m.Requests()
	took := requests[len(requests)-1].Time.Sub(requests[0].Time)
	// The first thousand goes at once, and so does the second one a minute later.
	used := time.Minute.Seconds() / took.Seconds()
	t.Logf("%d requests in %v after %v, %d refused, %.1f %% of the budget used",
		len(requests), took, time.Since(began)-took, m.refused(), 100*used)
	if m.refused() > 0 || len(requests) != calls {
		t.Errorf("%d requests, %d refused", len(requests), m.refused())
	}
	if used < 0.95 {
		t.Errorf("%.1f %% of the budget used", 100*used)
	}
}
