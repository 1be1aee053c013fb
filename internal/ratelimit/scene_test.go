package ratelimit_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/attempt"
	"github.com/sellerscenter/client-go/internal/auth"
	"github.com/sellerscenter/client-go/internal/operation"
	"github.com/sellerscenter/client-go/internal/ratelimit"
)

// scene is what limiters are asked to send, and what then happens.
type scene struct {
	name     string
	limit    int // of each operation, 0 for none
	max      int // of the limiters
	server   []answer
	count    []reply // of the shared count; nil for none
	requests []requests
	// want is all that happens, by time: how many requests of a name reach the server, or end without
	// that and why; what the shared count is asked; what the log says; and the state of the limit
	// where a scene looks at it.
	want string
	// most is how many bytes the last requests may make the client allocate, 0 for any number.
	most uint64
}

// requests come at a time, one after the other without a pause, in a bubble all at once.
type requests struct {
	at     time.Duration
	n      int // 1 if 0
	kind   kind
	name   string // that of the kind if empty
	op     string // the operation's, "A" if empty
	client int    // of those that share a count, from 0
	// inTurn has each request wait for the end of the one before.
	inTurn bool
	// every is a pause before each request.
	every time.Duration
	// within is the time until the deadline, cancel that until the request is cancelled; 0 for none.
	within, cancel time.Duration
}

type kind string

const (
	call        kind = "call"
	poll        kind = "poll"
	look        kind = "look"        // at the state of the limit
	end         kind = "end"         // of as many waits whose polls were first
	interrupted kind = "interrupted" // as many of those waits
)

// answer is the server's to some requests. The last one goes to all that follow.
type answer struct {
	times   int // 1 if 0
	after   time.Duration
	status  int // 200 if 0
	limit   string
	left    string
	again   string // Retry-After
	refuses bool   // the connection
}

// reply is the shared count's to some questions. The last one goes to all that follow.
type reply struct {
	times  int           // 1 if 0
	after  time.Duration // at least a millisecond, in which those who come together get into line
	isDeaf bool          // to the end of its context
	fails  bool
	grant  *ratelimit.Grant // nil for what a [ratelimit.Count] grants
}

// nth returns what is said to the nth, from 1, where each is said several times.
func nth[T any](all []T, times func(T) int, n int) (said T) {
	for _, said = range all {
		n -= max(times(said), 1)
		if n <= 0 {
			break
		}
	}
	return said
}

// stage plays a scene.
type stage struct {
	scene

	clients []*ratelimit.Limiter
	start   time.Time
	polled  map[string][]uuid.UUID // the batches, by operation

	mu     sync.Mutex
	events []event
	served int
	asked  int
	counts map[string]*ratelimit.Count
}

// event is something that happens at a time.
type event struct {
	at   time.Duration
	what string
}

func newStage(t *testing.T, s scene) *stage {
	t.Helper()
	base, err := url.Parse("https://sellers.example.com")
	if err != nil {
		t.Fatal(err)
	}
	key, err := auth.NewKey("a-key-of-a-seller")
	if err != nil {
		t.Fatal(err)
	}
	st := &stage{
		scene: s, start: time.Now(), polled: map[string][]uuid.UUID{}, counts: map[string]*ratelimit.Count{},
	}
	for range 2 {
		l := &ratelimit.Limiter{Max: s.max, Next: sender(st.send)}
		if s.count != nil {
			origin := auth.OriginOf(base)
			l.Link = ratelimit.NewLink(sharedCount(st.take), origin, auth.Static(key), slog.New(st))
		}
		st.clients = append(st.clients, l)
	}
	return st
}

// play plays scenes, and compares what happens with what they want.
func play(t *testing.T, scenes []scene) {
	t.Helper()
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, s)
				allocated := st.play(t.Context())
				time.Sleep(time.Hour) // for late answers of the shared count
				if got := st.happened(); got != s.want {
					t.Errorf("what happened is\n%s, want\n%s", got, s.want)
				}
				if s.most > 0 && allocated > s.most {
					t.Errorf("the last requests made the client allocate %d bytes", allocated)
				}
			})
		})
	}
}

// play makes all requests, and returns how many bytes the last ones made the client allocate.
func (s *stage) play(ctx context.Context) (allocated uint64) {
	var all sync.WaitGroup
	var before, after runtime.MemStats
	for _, r := range s.requests {
		time.Sleep(time.Until(s.start.Add(r.at)))
		runtime.ReadMemStats(&before)
		for range max(r.n, 1) {
			time.Sleep(r.every)
			if r.inTurn {
				s.make(ctx, r)
				continue
			}
			all.Go(func() { s.make(ctx, r) })
		}
		synctest.Wait()
	}
	all.Wait()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// make makes a request of a kind, and notes why it was not sent.
func (s *stage) make(ctx context.Context, r requests) (result attempt.Result) {
	op := &operation.Operation{Name: orElse(r.op, "A"), RateLimit: s.limit}
	l := s.clients[r.client]
	switch r.kind {
	case look:
		s.note(s.state(l, op))
		return result
	case end, interrupted:
		l.EndWait(s.firstPolled(op.Name), r.kind == end)
		return result
	case call, poll:
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if r.cancel > 0 {
		defer time.AfterFunc(r.cancel, stop).Stop()
	}
	if r.within > 0 {
		ctx, stop = context.WithTimeout(ctx, r.within)
		defer stop()
	}
	name := orElse(r.name, string(orElse(r.kind, call))+of(op.Name))
	req := (&http.Request{}).WithContext(context.WithValue(ctx, nameKey{}, name))
	a := attempt.Attempt{Call: attempt.Call{Request: req, Operation: op}}
	if r.kind == poll {
		a.Batch = s.newPolled(op.Name)
	}
	result = l.Send(a)
	if result.NotSent {
		s.note(name + ended(result.Err))
	}
	return result
}

func orElse[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}

type nameKey struct{}

// ended says why a request was not sent.
func ended(err error) (how string) {
	if errors.Is(err, ratelimit.ErrHeld) {
		how = " held"
	}
	switch {
	case errors.Is(err, context.Canceled):
		return how + " canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return how + " late"
	default:
		return how + " " + err.Error()
	}
}

func (s *stage) newPolled(op string) uuid.UUID {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch := uuid.New()
	s.polled[op] = append(s.polled[op], batch)
	return batch
}

func (s *stage) firstPolled(op string) uuid.UUID {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch := s.polled[op][0]
	s.polled[op] = s.polled[op][1:]
	return batch
}

func (s *stage) state(l *ratelimit.Limiter, op *operation.Operation) string {
	state := l.State(op)
	text := fmt.Sprintf("%d of %d left", state.Remaining, state.Limit)
	if !state.HeldUntil.IsZero() {
		text += fmt.Sprint(" held for ", time.Until(state.HeldUntil))
	}
	return text
}

// note keeps what happens now.
func (s *stage) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, event{time.Since(s.start).Round(time.Millisecond), what})
}

// times returns when something happened.
func (s *stage) times(what string) (all []time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.what == what {
			all = append(all, e.at)
		}
	}
	return all
}

// happened returns what happened, such as "0s 10 call, 1m0.01s 5 call".
func (s *stage) happened() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortFunc(s.events, func(a, b event) int {
		return orElse(cmp.Compare(a.at, b.at), strings.Compare(a.what, b.what))
	})
	var texts []string
	for i := 0; i < len(s.events); {
		same := i
		for i < len(s.events) && s.events[i] == s.events[same] {
			i++
		}
		texts = append(texts, fmt.Sprintf("%v %d %s", s.events[same].at, i-same, s.events[same].what))
	}
	return strings.Join(texts, ", ")
}

// sender sends attempts.
type sender func(attempt.Attempt) attempt.Result

func (f sender) Send(a attempt.Attempt) attempt.Result { return f(a) }

// send is the server.
func (s *stage) send(a attempt.Attempt) attempt.Result {
	s.note(a.Request.Context().Value(nameKey{}).(string))
	s.mu.Lock()
	s.served++
	said := nth(s.server, func(a answer) int { return a.times }, s.served)
	s.mu.Unlock()
	time.Sleep(said.after)
	if said.refuses {
		return attempt.Result{Err: errors.New("connection refused"), Unconnected: true, Duration: said.after}
	}
	header := http.Header{}
	for name, value := range map[string]string{
		"X-Ratelimit-Limit": said.limit, "X-Ratelimit-Remaining": said.left, "Retry-After": said.again,
	} {
		if value != "" {
			header.Set(name, value)
		}
	}
	response := &http.Response{StatusCode: orElse(said.status, http.StatusOK), Header: header}
	return attempt.Result{Response: &attempt.Response{Response: response}, Duration: said.after}
}

// sharedCount is a function as a shared count.
type sharedCount func(ctx context.Context, r ratelimit.Request) (ratelimit.Grant, error)

func (f sharedCount) Take(ctx context.Context, r ratelimit.Request) (ratelimit.Grant, error) {
	return f(ctx, r)
}

// take is the shared count.
func (s *stage) take(ctx context.Context, r ratelimit.Request) (ratelimit.Grant, error) {
	s.note(question(r))
	s.mu.Lock()
	s.asked++
	said := nth(s.count, func(r reply) int { return r.times }, s.asked)
	s.mu.Unlock()
	if said.isDeaf {
		ctx = context.Background()
	}
	select {
	case <-ctx.Done():
		return ratelimit.Grant{}, ctx.Err()
	case <-time.After(max(said.after, time.Millisecond)):
	}
	if said.fails {
		return ratelimit.Grant{}, errors.New("down")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts[r.Operation] == nil {
		s.counts[r.Operation] = &ratelimit.Count{}
	}
	grant := s.counts[r.Operation].Take(time.Now(), r)
	if said.grant != nil {
		return *said.grant, nil
	}
	return grant, nil
}

// question says what a request asks for, calls and polls, and what it tells.
func question(r ratelimit.Request) string {
	text := fmt.Sprintf("ask %d+%d%s", r.Calls, r.Polls, of(r.Operation))
	for _, told := range []struct {
		name        string
		value, none any
	}{
		{"sent", r.Sent, 0},
		{"left", r.Remaining, -1},
		{"pause", r.Pause, time.Duration(0)},
		{"limit", r.ServerLimit, 0},
		{"hold", r.Hold, 60510 * time.Millisecond},
	} {
		if told.value != told.none {
			text += fmt.Sprint(" ", told.name, " ", told.value)
		}
	}
	return text
}

// of names any operation but A.
func of(op string) string { return strings.TrimPrefix(" "+op, " A") }

// A stage is the log's handler too, one that looks at the state of the limits.
func (s *stage) Handle(_ context.Context, r slog.Record) error {
	s.clients[0].State(&operation.Operation{Name: "A"})
	s.note(r.Message[strings.LastIndex(r.Message, "limit ")+len("limit "):])
	return nil
}

func (s *stage) Enabled(context.Context, slog.Level) bool { return true }
func (s *stage) WithAttrs([]slog.Attr) slog.Handler       { return s }
func (s *stage) WithGroup(string) slog.Handler            { return s }
