package ratelimit

import (
	"context"
	"time"
)

// Shared counts the requests of several clients with one key together. It grants slots, and never
// waits for one.
type Shared interface {
	Take(ctx context.Context, request Request) (Grant, error)
}

// Request asks for slots, and tells what has happened meanwhile. The fields are those of package
// api's SlotRequest.
type Request struct {
	Account, Operation, Client string

	Limit        int
	ServerLimit  int
	Hold         time.Duration
	Calls, Polls int
	Waited       time.Duration
	Urgent       bool

	Ended     int
	Sent      int
	Remaining int
	Pause     time.Duration
}

// Grant is what is granted. The fields are those of package api's SlotGrant.
type Grant struct {
	Calls, Polls int
	Free         int
	Wait         time.Duration
	Paused       time.Duration
	ServerLimit  int
}
