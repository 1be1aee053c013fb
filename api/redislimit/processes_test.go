package redislimit_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

// workerTask is the environment variable with what a process that TestProcesses starts has to do: the
// URL of the marketplace, the address of the store, a batch, and how many calls.
const workerTask = "REDISLIMIT_WORKER"

// perMinute is the limit of the marketplace, which the processes know as if from the spec.
const perMinute = 1000

// work makes calls as one of several processes, and prints what fails.
func work(task string) {
	var url, address, batch string
	var calls int
	if _, err := fmt.Sscan(task, &url, &address, &batch, &calls); err != nil {
		log.Fatal(err)
	}
	db := redis.NewClient(&redis.Options{Addr: address})
	client, err := api.New(url, apitest.Key, share(db), api.WithRateLimit(perMinute),
		api.WithLogger(slog.Default()))
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var all sync.WaitGroup
	for range calls {
		all.Go(func() {
			if _, err := call(ctx, client, uuid.MustParse(batch)); err != nil {
				log.Print(err)
			}
		})
	}
	all.Wait()
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
	requests  = 2000
)

// runProcesses lets all processes make their calls, and returns what they print.
func runProcesses(t *testing.T, m *marketplace) string {
	t.Helper()
	db := newStore(t)
	task := fmt.Sprintf("%s=%s %s %s %d", workerTask, m.url, db.address(), m.batch, requests/processes)
	var said logText
	var running sync.WaitGroup
	for range processes {
		process := exec.CommandContext(t.Context(), os.Args[0])
		process.Env = append(os.Environ(), task)
		process.Stderr = &said
		running.Go(func() {
			if err := process.Run(); err != nil {
				fmt.Fprintln(&said, err)
			}
		})
	}
	running.Wait()
	t.Logf("%d questions for %d requests", questions(t, db.client(t)), requests)
	return said.String()
}

func checkBudget(t *testing.T, m *marketplace, all time.Duration) {
	t.Helper()
	served := m.Requests()
	took := served[len(served)-1].Time.Sub(served[0].Time)
	// The first thousand goes at once, and so does the second one a minute later.
	used := time.Minute.Seconds() / took.Seconds()
	t.Logf("%d requests in %v after %v, %d refused, %.1f %% of the budget used",
		len(served), took, all-took, m.refused(), 100*used)
	if m.refused() > 0 || len(served) != requests || used < 0.95 {
		t.Errorf("%d requests, %d refused, %.1f %% of the budget used", len(served), m.refused(), 100*used)
	}
}
