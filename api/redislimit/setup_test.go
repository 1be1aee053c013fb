package redislimit_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
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
	"github.com/sellerscenter/client-go/api/redislimit"
	"github.com/sellerscenter/client-go/generated"
)

// store is a Redis server that a test starts and stops.
type store struct {
	port    string
	process *exec.Cmd
}

// newStore starts a server on a free port. A test is skipped where none is installed.
func newStore(t testing.TB, args ...string) *store {
	t.Helper()
	s := &store{port: freePort(t)}
	s.start(t, args...)
	t.Cleanup(s.stop)
	return s
}

func (s *store) start(t testing.TB, args ...string) {
	t.Helper()
	server, err := exec.LookPath("redis-server")
	if err != nil {
		server, err = exec.LookPath("valkey-server")
	}
	if err != nil && os.Getenv("REDIS_REQUIRED") != "" {
		t.Fatal("there is no Redis server")
	}
	if err != nil {
		t.Skip("neither redis-server nor valkey-server is installed; on Debian: apt-get install redis-server")
	}
	// It outlives the test's context, since it is stopped when the test is cleaned up.
	args = append(args, "--port", s.port, "--save", "", "--dir", t.TempDir())
	s.process = exec.CommandContext(context.Background(), server, args...)
	must(t, s.process.Start())
	probe := s.connect()
	defer probe.Close()
	for range 100 {
		if probe.Ping(t.Context()).Err() == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the Redis server does not answer")
}

func (s *store) stop() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
}

func (s *store) address() string { return "127.0.0.1:" + s.port }

func (s *store) connect() *redis.Client { return redis.NewClient(&redis.Options{Addr: s.address()}) }

// client returns a Redis client that the test closes.
func (s *store) client(t testing.TB) *redis.Client {
	t.Helper()
	c := s.connect()
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func freePort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// marketplace is a fake of the API with one batch.
type marketplace struct {
	*apitest.Server

	url   string
	batch uuid.UUID
}

func newMarketplace(t testing.TB, perMinute int) *marketplace {
	t.Helper()
	m := &marketplace{Server: apitest.NewServer()}
	t.Cleanup(m.Close)
	m.LimitRequests(perMinute)
	m.batch = m.AddBatch(apitest.Batch{Statuses: []api.BatchStatus{api.StatusCompleted}})
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	m.url = server.URL
	return m
}

// newClient returns a client of the marketplace, and what it logs.
func (m *marketplace) newClient(t testing.TB, opts ...api.Option) (*api.Client, *logText) {
	t.Helper()
	log := &logText{}
	opts = append(opts, api.WithLogger(slog.New(slog.NewTextHandler(log, nil))))
	client, err := api.New(m.url, apitest.Key, opts...)
	must(t, err)
	return client, log
}

// call makes a direct call, and returns how long it took.
func call(ctx context.Context, client *api.Client, batch uuid.UUID) (time.Duration, error) {
	began := time.Now()
	_, err := client.GetShipOrderBatchResultsWithResponse(ctx,
		&generated.GetShipOrderBatchResultsParams{BatchRequestID: batch})
	return time.Since(began), err
}

// refused returns how many requests the marketplace has answered with 429.
func (m *marketplace) refused() int {
	n := 0
	for _, r := range m.Requests() {
		if r.Status == http.StatusTooManyRequests {
			n++
		}
	}
	return n
}

// logText is a log that a test reads while others write it.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// count returns how many lines have a text.
func (l *logText) count(text string) int {
	return strings.Count(l.String(), text)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestMain(m *testing.M) {
	if task := os.Getenv(workerTask); task != "" {
		work(task)
		return
	}
	os.Exit(m.Run())
}

// share is the option that shares the limit of the store.
func share(client redis.UniversalClient) api.Option {
	return api.WithSharedLimit(redislimit.New(client))
}

// questions returns how many scripts a server was asked to run.
func questions(t testing.TB, db *redis.Client) (n int) {
	t.Helper()
	stats := db.Info(t.Context(), "commandstats").Val()
	runs := regexp.MustCompile(`cmdstat_eval(?:sha)?:calls=(\d+)`)
	for _, found := range runs.FindAllStringSubmatch(stats, -1) {
		calls, err := strconv.Atoi(found[1])
		must(t, err)
		n += calls
	}
	return n
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
