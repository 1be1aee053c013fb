// Package redislimit uses Redis or Valkey to count the requests of all processes that share an API
// key, so that together they keep within the API's rate limits. Each client alone can only guess
// what the others send.
//
//	client, err := api.New(baseURL, apiKey, api.WithSharedLimit(redislimit.New(rdb)))
//
// The count is a sliding log. It takes one script and one round trip for each request, or for
// several that wait at the same time, and a few more while the limit is full. All times are those
// of the Redis server. There is one Redis key for each pair of an API key and an operation. Its
// name contains a hash from which the API key cannot be read. Its value is a few kilobytes, and it
// expires by itself. A script uses only one key, so it can run on a cluster.
//
// No call fails because Redis does: while Redis does not answer within 250 ms, each client goes on
// with its own count, as it would without this package.
package redislimit

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sellerscenter/client-go/api"
)

// Limit is an [api.SharedLimit] in Redis. It is safe for concurrent use, and needs no closing.
// Closing the Redis client is up to the caller.
type Limit struct {
	client redis.UniversalClient
	prefix string
}

var _ api.SharedLimit = (*Limit)(nil)

// Option configures a [Limit].
type Option func(*Limit)

// DefaultPrefix is what the names of Redis keys begin with by default.
const DefaultPrefix = "sellerscenter:limit:"

// WithPrefix makes the names of Redis keys begin with prefix, in place of [DefaultPrefix]. Clients
// share a count only if they use the same prefix.
func WithPrefix(prefix string) Option { return func(l *Limit) { l.prefix = prefix } }

// New returns a limit that is kept in the client's Redis server or cluster. New itself sends
// nothing, so a server that is down does not make it fail. It panics if client or an option is nil.
func New(client redis.UniversalClient, opts ...Option) *Limit {
	value := reflect.ValueOf(client)
	if client == nil || value.Kind() == reflect.Pointer && value.IsNil() {
		panic("redislimit: the Redis client is nil")
	}
	l := &Limit{client: client, prefix: DefaultPrefix}
	for _, opt := range opts {
		if opt == nil {
			panic("redislimit: an option is nil; leave it out")
		}
		opt(l)
	}
	return l
}

//go:embed take.lua
var takeSource string

// take is sent once, and then run by its hash. go-redis sends it again when the server has lost it.
var take = redis.NewScript(takeSource)

// Take grants slots as [api.SharedLimit] describes. Its errors are those of Redis.
func (l *Limit) Take(ctx context.Context, request api.SlotRequest) (api.SlotGrant, error) {
	// The braces make the rest of the name what a cluster distributes keys by.
	key := fmt.Sprintf("%s{%s:%s}", l.prefix, request.Account, request.Operation)
	numbers, err := take.Run(ctx, l.client, []string{key}, arguments(request)...).Int64Slice()
	if err != nil {
		return api.SlotGrant{}, fmt.Errorf("redislimit: %w", err)
	}
	if len(numbers) != 7 {
		return api.SlotGrant{}, errors.New("redislimit: the script returned an unexpected result")
	}
	return grantOf(numbers), nil
}

// arguments are those of the script.
func arguments(r api.SlotRequest) []any {
	return []any{
		r.Client,
		r.Limit,
		milliseconds(r.Hold),
		r.Calls,
		r.Polls,
		milliseconds(r.Waited),
		r.UnderWay,
		r.Ended,
		r.Sent,
		r.Remaining,
		milliseconds(r.Pause),
		r.ServerLimit,
		rand.Float64(),
	}
}

// grantOf returns what the script's result says.
func grantOf(numbers []int64) api.SlotGrant {
	return api.SlotGrant{
		Calls:       int(numbers[0]),
		Polls:       int(numbers[1]),
		Free:        int(numbers[2]),
		Full:        time.Duration(numbers[3]) * time.Millisecond,
		Wait:        time.Duration(numbers[4]) * time.Millisecond,
		Paused:      time.Duration(numbers[5]) * time.Millisecond,
		ServerLimit: int(numbers[6]),
	}
}

func milliseconds(d time.Duration) int64 {
	return (d + time.Millisecond - 1).Milliseconds()
}
