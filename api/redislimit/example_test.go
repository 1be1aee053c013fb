package redislimit_test

import (
	"log"

	"github.com/redis/go-redis/v9"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/redislimit"
)

// All processes that make a client like this one keep within the limits together. No call fails
// because the Redis server is down.
func Example() {
	db := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
	defer db.Close()
	client, err := api.New("https://sellers.example.com", "the-api-key",
		api.WithSharedLimit(redislimit.New(db)))
	if err != nil {
		log.Fatal(err)
	}
	_ = client
}

// A cluster, and names of your own for the keys.
func ExampleWithPrefix() {
	db := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"10.0.0.1:6379", "10.0.0.2:6379"}})
	defer db.Close()
	limit := redislimit.New(db, redislimit.WithPrefix("shop:limit:"))
	client, err := api.New("https://sellers.example.com", "the-api-key", api.WithSharedLimit(limit))
	if err != nil {
		log.Fatal(err)
	}
	_ = client
}
