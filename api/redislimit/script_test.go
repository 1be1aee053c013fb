package redislimit_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/redislimit"
	"github.com/sellerscenter/client-go/internal/ratelimit"
)

// clocked is the script with a clock of the test's.
type clocked struct {
	client *redis.Client
	script *redis.Script
	now    time.Time
}

func newClocked(t *testing.T) *clocked {
	t.Helper()
	const clock = "local now = clock[1] * 1000 + math.floor(clock[2] / 1000)"
	if !strings.Contains(redislimit.Source, clock) {
		t.Fatalf("the script has no line %q", clock)
	}
	source := strings.Replace(redislimit.Source, clock, "local now = tonumber(ARGV[14])", 1)
	return &clocked{newStore(t).client(t), redis.NewScript(source), time.UnixMilli(1_800_000_000_000)}
}

func (c *clocked) take(t *testing.T, r api.SlotRequest) api.SlotGrant {
	t.Helper()
	arguments := append(redislimit.Arguments(r), c.now.UnixMilli())
	numbers, err := c.script.Run(t.Context(), c.client, []string{r.Account}, arguments...).Int64Slice()
	must(t, err)
	return redislimit.GrantOf(numbers)
}

// TestScriptDoesWhatTheModelDoes compares the script with the count in memory, step by step, as time
// goes on. The script frees slots up to a tenth of a second later, so that no step is as near to that.
func TestScriptDoesWhatTheModelDoes(t *testing.T) {
	const tolerance = 110 * time.Millisecond
	script := newClocked(t)
	random := rand.New(rand.NewPCG(1, 2))
	for run := range 80 {
		var model ratelimit.Count
		for step := range 40 {
			script.now = script.now.Add(time.Duration(max(random.IntN(12)-6, 0)) * time.Second)
			request := randomRequest(random)
			request.Account = strconv.Itoa(run)
			request.Limit = []int{1, 5, 60, 200}[run%4]
			want := api.SlotGrant(model.Take(script.now, ratelimit.Request(request)))
			got := script.take(t, request)
			isNear := (got.Wait-want.Wait).Abs() < tolerance && (got.Full-want.Full).Abs() < tolerance
			want.Wait = got.Wait
			want.Full = got.Full
			if got != want || !isNear {
				t.Fatalf("run %d, step %d: to %+v the script says %+v, the model %+v",
					run, step, request, got, want)
			}
		}
	}
}

// randomRequest returns a request of one of four clients.
func randomRequest(r *rand.Rand) api.SlotRequest {
	request := api.SlotRequest{
		Operation:   "GetThings",
		Client:      strconv.Itoa(r.IntN(4)),
		Hold:        time.Minute + time.Second/2,
		Calls:       max(r.IntN(6)-3, 0),
		Polls:       r.IntN(8),
		Waited:      time.Duration(r.IntN(60)) * time.Second,
		UnderWay:    r.IntN(14),
		Ended:       r.IntN(4) == 0,
		Sent:        max(r.IntN(16)-12, 0),
		Remaining:   -1,
		ServerLimit: r.IntN(2) * 100,
	}
	if r.IntN(4) == 0 {
		request.Sent = -r.IntN(4)
	}
	if r.IntN(6) == 0 {
		request.Remaining = r.IntN(100)
	}
	return request
}

// TestClockThatGoesBack has a server whose clock is set back by an hour, or one that takes over from
// another whose clock was ahead: slots and pauses last as long as they would have.
func TestClockThatGoesBack(t *testing.T) {
	for _, tt := range []struct {
		name    string
		request api.SlotRequest // before the clock goes back, and twenty seconds pass
		then    api.SlotGrant   // to one call
		after   time.Duration
		at      api.SlotGrant // to one call then
	}{
		{
			"slots", calls(12),
			api.SlotGrant{Full: time.Minute, Wait: time.Minute}, time.Minute,
			api.SlotGrant{Calls: 1, Free: 11, Wait: 601 * time.Millisecond},
		},
		{
			"a pause", slots(func(r *api.SlotRequest) { r.Pause = 20 * time.Second }),
			api.SlotGrant{Free: 12, Wait: 20 * time.Second, Paused: 20 * time.Second}, 20 * time.Second,
			api.SlotGrant{Calls: 1, Free: 11, Wait: 3 * time.Second},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			script := newClocked(t)
			script.take(t, tt.request)
			script.now = script.now.Add(20*time.Second - time.Hour)
			then := script.take(t, calls(1))
			script.now = script.now.Add(tt.after)
			if at := script.take(t, calls(1)); then != tt.then || at != tt.at {
				t.Errorf("granted %+v and %v later %+v, want %+v and %+v", then, tt.after, at, tt.then, tt.at)
			}
		})
	}
}

// TestForeignValueBeginsAnew has something in the place of the count that is not of the script's
// making. It costs one question.
func TestForeignValueBeginsAnew(t *testing.T) {
	one := calls(1)
	const path = "1e18 in the place of a time"
	for name, spoil := range map[string]string{
		"a list":    `redis.call('DEL', KEYS[1]) redis.call('RPUSH', KEYS[1], 'x')`,
		"an empty":  `redis.call('SET', KEYS[1], '')`,
		"garbage":   `redis.call('SET', KEYS[1], string.rep('x', 100))`,
		"a cut one": `redis.call('SET', KEYS[1], string.sub(redis.call('GET', KEYS[1]), 1, 60))`,
		path: `local state = cmsgpack.unpack(string.sub(redis.call('GET', KEYS[1]), 41))
			state.at.paused = 1e18
			redis.call('SET', KEYS[1], cmsgpack.pack(state))`,
	} {
		t.Run(name, func(t *testing.T) {
			db := newStore(t).client(t)
			limit := redislimit.New(db)
			takeSlots(t, limit, one)
			keys := db.Keys(t.Context(), "*").Val()
			must(t, db.Eval(t.Context(), spoil+" return 1", keys).Err())
			_, err := limit.Take(t.Context(), one)
			if err == nil || !strings.Contains(err.Error(), "a new one begins") {
				t.Errorf("error %v, want one that says that a new count begins", err)
			}
			if got := takeSlots(t, limit, one); got.Calls != 1 || got.Free != 11 {
				t.Errorf("then granted %+v, want one of 12", got)
			}
		})
	}
}
