package apitest

import (
	"context"
	"sync"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/internal/ratelimit"
)

// SharedLimit is an [api.SharedLimit] in memory, for tests of several clients in one process, and a
// model for one in a store that several processes share. The zero value is ready for use. It is
// safe for concurrent use.
type SharedLimit struct {
	// Err, if not nil, is called first by each Take, which returns its error if there is one: so a
	// test can make the limit fail, or answer late. It should return when the context ends.
	Err func(ctx context.Context) error

	mu     sync.Mutex
	counts map[string]*ratelimit.Count // by account and operation
}

var _ api.SharedLimit = (*SharedLimit)(nil)

// Take grants slots as [api.SharedLimit] describes. Its only errors are those of Err.
func (s *SharedLimit) Take(ctx context.Context, request api.SlotRequest) (api.SlotGrant, error) {
	if s.Err != nil {
		if err := s.Err(ctx); err != nil {
			return api.SlotGrant{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name := request.Account + " " + request.Operation
	if s.counts == nil {
		s.counts = map[string]*ratelimit.Count{}
	}
	if s.counts[name] == nil {
		s.counts[name] = new(ratelimit.Count)
	}
	return api.SlotGrant(s.counts[name].Take(time.Now(), ratelimit.Request(request))), nil
}
