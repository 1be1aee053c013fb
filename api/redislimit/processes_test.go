package redislimit_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
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
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	client, err := api.New(os.Getenv(workerURL), apitest.Key, share(db), api.WithRateLimit(perMinute),
		api.WithLogger(logger))
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
// minute: none is refused, and nearly all of the budget is used. A run in which the machine was too
// busy for Redis to answer in time shows nothing of that, and is done again.
func TestProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	const runs = 3
	for range runs {
		m := newMarketplace(t, perMinute)
		began := time.Now()
		said := runProcesses(t, m)
		if strings.Contains(said, "shared limit lost") {
			t.Log("Redis did not answer in time, again")
			continue
		}
		if said != "" {
			t.Errorf("the processes say:\n%s", said)
		}
		checkBudget(t, m, time.Since(began))
		return
	}
	t.Errorf("Redis did not answer in time in any of %d runs", runs)
}

const (
	processes = 8
	calls     = 2000
)

// runProcesses lets all processes make their calls, and returns what they print.
func runProcesses(t *testing.T, m *marketplace) string {
	t.Helper()
	db := newStore(t)
	var running []*exec.Cmd
	said := make([]strings.Builder, processes)
	for i := range processes {
		process := exec.CommandContext(t.Context(), os.Args[0])
		process.Env = append(os.Environ(),
			workerURL+"="+m.url,
			workerRedis+"="+db.address(),
			workerBatch+"="+m.batch.String(),
			fmt.Sprintf("%s=%d", workerCalls, calls/processes))
		process.Stderr = &said[i]
		must(t, process.Start())
		running = append(running, process)
	}
	var all strings.Builder
	for i, process := range running {
		err := process.Wait()
		all.WriteString(said[i].String())
		if err != nil {
			fmt.Fprintf(&all, "process %d: %v\n", i, err)
		}
	}
	scripts := regexp.MustCompile(`evalsha:calls=(\d+)`)
	stats := db.client(t).Info(t.Context(), "commandstats").Val()
	if found := scripts.FindStringSubmatch(stats); found != nil {
		t.Logf("%s questions for %d requests", found[1], calls)
	}
	return all.String()
}

func checkBudget(t *testing.T, m *marketplace, all time.Duration) {
	t.Helper()
	requests := m.Requests()
	took := requests[len(requests)-1].Time.Sub(requests[0].Time)
	// The first thousand goes at once, and so does the second one a minute later.
	used := time.Minute.Seconds() / took.Seconds()
	t.Logf("%d requests in %v after %v, %d refused, %.1f %% of the budget used",
		len(requests), took, all-took, m.refused(), 100*used)
	if m.refused() > 0 || len(requests) != calls {
		t.Errorf("%d requests, %d refused", len(requests), m.refused())
	}
	if used < 0.95 {
		t.Errorf("%.1f %% of the budget used", 100*used)
	}
}
