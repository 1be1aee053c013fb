package api_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
)

// once makes calls without retries, so that each response ends a poll.
var once = api.WithRetry(api.RetryPolicy{MaxAttempts: 1})

// answers is a server that gives one answer after the other, the last one for ever. An answer is
// a status of the batch; or, if it is a number, a status code, with a Retry-After if there is one
// behind a slash; or a body in JSON or HTML; or, behind an equals sign, any body under the type of
// JSON. It records when it was asked.
type answers struct {
	answers []string
	mu      sync.Mutex
	asked   []time.Duration
	start   time.Time
}

func serve(all ...string) *answers { return &answers{answers: all, start: time.Now()} }

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	answer := a.answers[min(len(a.asked), len(a.answers)-1)]
	a.asked = append(a.asked, time.Since(a.start))
	a.mu.Unlock()
	w := newRecorder()
	writeAnswer(w, r, answer)
	return w.response(r), nil
}

func writeAnswer(w http.ResponseWriter, r *http.Request, answer string) {
	number, retryAfter, told := strings.Cut(answer, "/")
	if told {
		w.Header().Set("Retry-After", retryAfter)
	}
	if status, err := strconv.Atoi(number); err == nil {
		writeJSON(w, status, `{"message":"no"}`)
		return
	}
	if body, ok := strings.CutPrefix(answer, "="); ok {
		writeJSON(w, http.StatusOK, body)
		return
	}
	if strings.HasPrefix(answer, "<") {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, answer)
		return
	}
	if !strings.HasPrefix(answer, "{") {
		answer = fmt.Sprintf(`{"batchRequestId":%q,"status":%q,"items":[]}`, requestedBatch(r), answer)
	}
	writeJSON(w, http.StatusOK, answer)
}

func requestedBatch(r *http.Request) uuid.UUID {
	return uuid.MustParse(r.URL.Query().Get("batch_request_id"))
}

// many is a server of batches that end one second after another, except those that fail or are
// unknown.
type many struct {
	start  time.Time
	ids    []uuid.UUID
	failed uuid.UUID
}

func newMany(n int) *many { return &many{start: time.Now(), ids: newIDs(n)} }

func newIDs(n int) []uuid.UUID {
	ids := make([]uuid.UUID, n)
	for i := range ids {
		ids[i] = uuid.New()
	}
	return ids
}

func (m *many) RoundTrip(r *http.Request) (*http.Response, error) {
	id := requestedBatch(r)
	i := slices.Index(m.ids, id)
	ended := time.Since(m.start) >= time.Duration(len(m.ids)-i)*time.Second
	switch {
	case i < 0:
		return serve("404").RoundTrip(r)
	case ended && id == m.failed:
		return serve("failed").RoundTrip(r)
	case ended:
		return serve("completed").RoundTrip(r)
	default:
		return serve("processing").RoundTrip(r)
	}
}

// truthful is a server that allows 200 requests in any minute, counts each when it comes, refused
// ones too, and says how many are left.
type truthful struct {
	status  func(uuid.UUID) string // the batch's; completed if nil
	latency time.Duration          // 50 to 150 ms if 0
	hanging int                    // the number of the request that takes 25 s, from 1

	mu       sync.Mutex
	counted  []time.Time
	requests int
	refused  int
}

func (s *truthful) RoundTrip(r *http.Request) (*http.Response, error) {
	left, latency := s.count()
	time.Sleep(latency)
	w := newRecorder()
	w.Header().Set("X-RateLimit-Limit", "200")
	w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(max(left, 0)))
	switch {
	case left < 0:
		writeAnswer(w, r, "429")
	case s.status != nil:
		writeAnswer(w, r, s.status(requestedBatch(r)))
	default:
		writeAnswer(w, r, "completed")
	}
	return w.response(r), nil
}

// count counts a request and returns how many are left, and how long it takes.
func (s *truthful) count() (left int, latency time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	expired := func(at time.Time) bool { return now.Sub(at) >= time.Minute }
	s.counted = append(slices.DeleteFunc(s.counted, expired), now)
	s.requests++
	left = 200 - len(s.counted)
	if left < 0 {
		s.refused++
	}
	switch {
	case s.requests == s.hanging:
		return left, 25 * time.Second
	case s.latency > 0:
		return left, s.latency
	default:
		return left, time.Duration(50+s.requests*37%100) * time.Millisecond
	}
}

// recording is a server that records when each request comes and which batch it asks for.
type recording struct {
	latency time.Duration
	answer  func(n int, w http.ResponseWriter, r *http.Request) // the nth, from 1; nil for completed
	start   time.Time

	mu      sync.Mutex
	arrived []time.Duration
	batches []uuid.UUID
}

func record(answer func(n int, w http.ResponseWriter, r *http.Request)) *recording {
	return &recording{answer: answer, start: time.Now()}
}

func (s *recording) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.arrived = append(s.arrived, time.Since(s.start))
	s.batches = append(s.batches, requestedBatch(r))
	n := len(s.arrived)
	s.mu.Unlock()
	time.Sleep(s.latency)
	w := newRecorder()
	if s.answer == nil {
		writeAnswer(w, r, "completed")
	} else {
		s.answer(n, w, r)
	}
	return w.response(r), nil
}

// by returns how many requests had come by a time.
func (s *recording) by(d time.Duration) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, _ := slices.BinarySearch(s.arrived, d+1)
	return n
}
