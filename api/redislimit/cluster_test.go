package redislimit_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sellerscenter/client-go/api/redislimit"
)

// TestCluster has a cluster of one node, which refuses a script of several slots as any cluster
// does.
func TestCluster(t *testing.T) {
	s := newStore(t, "--cluster-enabled", "yes")
	must(t, s.client(t).Do(t.Context(), "CLUSTER", "ADDSLOTSRANGE", "0", "16383").Err())
	db := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{s.address()}})
	t.Cleanup(func() { _ = db.Close() })
	for range 100 {
		if db.Set(t.Context(), "ready", "yes", time.Minute).Err() == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	limit := redislimit.New(db)
	takeSlots(t, limit, calls(1))
	if got := takeSlots(t, limit, calls(1)); got.Calls != 1 || got.Free != 10 {
		t.Errorf("granted %+v", got)
	}
}
