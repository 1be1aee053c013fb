package api_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
)

func TestProgressTellsEachPollAndWhyItFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []api.Progress
		progress := api.WithProgress(func(p api.Progress) {
			if errors.Is(p.Err, api.ErrServer) {
				p.Err = api.ErrServer
			}
			got = append(got, p)
		})
		c := newClient(t, serve("503", "pending", "completed"), noRetry)
		_, err := c.WaitShipOrderBatch(t.Context(), batchID, every(time.Second), progress)
		want := []api.Progress{
			{ID: batchID, Polls: 1, Err: api.ErrServer},
			{ID: batchID, Polls: 2, Status: api.StatusPending, Elapsed: time.Second},
			{ID: batchID, Polls: 3, Status: api.StatusCompleted, Elapsed: 2 * time.Second},
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("progress %+v, error %v, want %+v", got, err, want)
		}
	})
}

func TestBadWaitOptions(t *testing.T) {
	c := newClient(t, handle(ok))
	for _, tt := range []struct {
		opt  api.WaitOption
		want string
	}{
		{api.WithPollInterval(0, time.Second), "WithPollInterval: 0s, 1s; write a"},
		{api.WithPollInterval(2*time.Second, time.Second), "WithPollInterval: 2s, 1s; write a"},
		{api.WithProgress(nil), "WithProgress"},
		{api.WithNotFoundGrace(-1), "WithNotFoundGrace"},
		{nil, "a wait option is nil"},
	} {
		batch, err := c.WaitShipOrderBatch(t.Context(), batchID, tt.opt)
		if batch != nil || !strings.HasPrefix(textOf(err), "sellerscenter: "+tt.want) {
			t.Errorf("batch %v, error %v, want one that begins with %q", batch, err, tt.want)
		}
		var yielded []string
		for _, err := range c.WaitShipOrderBatches(t.Context(), newIDs(2), tt.opt) {
			yielded = append(yielded, textOf(err))
		}
		if !slices.Equal(yielded, []string{textOf(err)}) {
			t.Errorf("a wait for many yielded %q, want just %v", yielded, err)
		}
	}
}
