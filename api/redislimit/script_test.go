package redislimit_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/api/redislimit"
)

// TestScriptDoesWhatTheModelDoes sends the same requests to the script and to the limit in memory,
// which is its model. Waits may differ by what the script rounds.
func TestScriptDoesWhatTheModelDoes(t *testing.T) {
	script := redislimit.New(newStore(t).client(t))
	random := rand.New(rand.NewPCG(1, 2))
	for run := range 60 {
		model := &apitest.SharedLimit{}
		for step := range 25 {
			request := randomRequest(random)
			request.Account = strconv.Itoa(run)
			request.Limit = []int{1, 5, 60, 200}[run%4]
			want, err := model.Take(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			got := takeSlots(t, script, request)
			wait := got.Wait
			got.Wait = want.Wait
			if got != want || (wait-want.Wait).Abs() > 500*time.Millisecond {
				t.Fatalf("run %d, step %d: to %+v the script says %+v (wait %v), the model %+v",
					run, step, request, got, wait, want)
			}
		}
	}
}

// randomRequest returns a request of one of four clients, whose first polls never wait equally
// long.
func randomRequest(r *rand.Rand) api.SlotRequest {
	client := r.IntN(4)
	request := api.SlotRequest{
		Operation:   "GetThings",
		Client:      strconv.Itoa(client),
		Hold:        time.Minute,
		Calls:       max(r.IntN(6)-2, 0),
		Polls:       r.IntN(8),
		Waited:      time.Duration(r.IntN(60))*time.Second + time.Duration(client)*100*time.Millisecond,
		Urgent:      r.IntN(4) == 0,
		Ended:       max(r.IntN(4)-2, 0),
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

// TestClockThatGoesBack has a server whose clock is five minutes behind that of the one before it.
func TestClockThatGoesBack(t *testing.T) {
	db := newStore(t).client(t)
	limit := redislimit.New(db)
	poll := slots("a", func(r *api.SlotRequest) { r.Polls, r.Limit = 1, 200 })
	takeSlots(t, limit, poll)
	const later = `local state = cmsgpack.unpack(redis.call('GET', KEYS[1]))
		for _, slot in ipairs(state.slots) do slot[1] = slot[1] + 300000 end
		state.creditAt = state.creditAt + 300000
		redis.call('SET', KEYS[1], cmsgpack.pack(state))`
	keys := db.Keys(t.Context(), "*").Val()
	must(t, db.Eval(t.Context(), later+" return 1", keys).Err())
	if got := takeSlots(t, limit, poll); got.Polls != 1 || got.Wait > 10*time.Second {
		t.Errorf("199 of 200 slots are free, and the grant is %+v", got)
	}
}
