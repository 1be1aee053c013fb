package api

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/google/uuid"
)

// WaitAll is [Wait] for many batches at once. It yields each as it ends, in any order: what Wait
// returns for it, a result, an error, or both for a batch that failed. One that fails does not end
// the others. The error is a [*BatchError], which has the batch's id; only a bad option yields
// another one, once and nothing else. A repeated id is yielded once.
//
// The waits begin when the loop does, each in a goroutine of its own, and go on while its body
// runs. A panic in poll therefore cannot be recovered around the loop. Breaking out of the loop
// stops those that are left. None of their goroutines outlives it. When the context ends, each
// batch that is left is yielded with its error. Ranging over the sequence again waits anew.
func WaitAll[T any](
	ctx context.Context, c *Client, ids []uuid.UUID,
	poll func(context.Context, uuid.UUID) (T, BatchStatus, error), opts ...WaitOption,
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		s, err := newWaitSettings(opts)
		if err != nil {
			yield(*new(T), err)
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		var waits sync.WaitGroup
		defer waits.Wait()
		defer cancel()
		ends := make(chan batchEnd[T], len(ids)) // so that no wait blocks on the loop
		begun := make(map[uuid.UUID]bool, len(ids))
		for _, id := range ids {
			if begun[id] {
				continue
			}
			begun[id] = true
			waits.Go(func() {
				end := batchEnd[T]{err: &BatchError{ID: id, Err: errExited}}
				defer func() { ends <- end }() // in any case
				end.result, end.err = waitFor(ctx, c, id, poll, s)
			})
		}
		for range begun {
			end := <-ends
			if !yield(end.result, end.err) {
				return
			}
		}
	}
}

// batchEnd is the result of one wait of many.
type batchEnd[T any] struct {
	result T
	err    error
}

// errExited is the error of what does not return.
var errExited = errors.New("its goroutine panicked, or was ended by runtime.Goexit, as by a test's FailNow")
