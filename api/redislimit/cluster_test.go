package redislimit_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// TestCluster has a cluster of one node, which refuses a script of several slots as any cluster
// does.
func TestCluster(t *testing.T) {
	s := newStore(t, "--cluster-enabled", "yes")
	admin := s.client(t)
	must(t, admin.Do(t.Context(), "CLUSTER", "ADDSLOTSRANGE", "0", "16383").Err())
	db := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{s.address()}})
	t.Cleanup(func() { _ = db.Close() })
	for range 100 {
		if db.Set(t.Context(), "ready", "yes", time.Minute).Err() == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	m := newMarketplace(t, 200)
	client, log := m.newClient(t, share(db))
	for range 20 {
		if _, err := call(t.Context(), client, m.batch); err != nil {
			t.Fatal(err)
		}
	}
	if log.count(lost) > 0 {
		t.Errorf("the log is\n%s", log)
	}
	if limit := client.RateLimits()[0]; limit.Remaining != 180 {
		t.Errorf("the limit is %+v", limit)
	}
}
