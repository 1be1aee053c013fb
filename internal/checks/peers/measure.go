package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"
)

// job is one measurement. Each is made by a process of its own, one at a time: what other clients
// leave on the heap does not count, nor does the server, which stays in the parent process; and
// another build of this program can make it as well.
type job struct {
	Peer  string
	Items int
	// Server is the URL of the server, empty for responses in memory.
	Server  string
	Chunked bool
	// Benchtime is how long to repeat the call; 0 measures the peak memory of one call, with the
	// collector at GCPercent.
	Benchtime time.Duration
	// Beside, if not empty, is a peer whose call the same process repeats in turn with this one,
	// for ten times as long together.
	Beside    string
	GCPercent int
}

// result is what one call took.
type result struct {
	Time        time.Duration
	Beside      time.Duration // of the peer that was measured in turn, 0 if none was
	Bytes       int64
	Allocations int64
	// Peak is by how many bytes the call raised the most memory that the process ever had
	// resident, 0 if the system does not tell.
	Peak int64
}

func (r result) time() float64        { return float64(r.Time) }
func (r result) bytes() float64       { return float64(r.Bytes) }
func (r result) allocations() float64 { return float64(r.Allocations) }
func (r result) peak() float64        { return float64(r.Peak) }

// measure does the job. Before that it makes the same call once, so that connections and the
// codec's caches are there, and checks what it gives.
func (j job) measure(ctx context.Context) (result, error) {
	call, err := j.open(j.Items)
	if err != nil {
		return result{}, err
	}
	if j.Benchtime > 0 {
		if err := check(ctx, call, j.Items); err != nil {
			return result{}, err
		}
		return j.repeat(ctx, call)
	}
	small, err := j.open(1)
	if err != nil {
		return result{}, err
	}
	if err := check(ctx, small, 1); err != nil {
		return result{}, err
	}
	return once(ctx, call, j.GCPercent)
}

var sharedTransport = newTransport()

func (j job) open(items int) (call, error) {
	p, ok := peerNamed(j.Peer)
	if !ok {
		return nil, fmt.Errorf("no client is named %q", j.Peer)
	}
	baseURL := j.Server + path.Join("/", strconv.Itoa(items))
	transport := http.RoundTripper(sharedTransport)
	if j.Server == "" {
		inMemory, err := newResponse(items, j.Chunked)
		if err != nil {
			return nil, err
		}
		baseURL = "http://localhost"
		transport = inMemory
	}
	c, err := p.open(baseURL, transport)
	if !p.unbounded {
		c = bounded(c)
	}
	return c, err
}

// check tells whether a call decodes the very batch that the server encoded.
func check(ctx context.Context, c call, items int) error {
	got, err := c(ctx)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(got.normalized(), newBatch(items)) {
		return errors.New("decodes something else than the server sent")
	}
	return nil
}

// repeat measures the call, and its time in turn with the one beside it, if there is one. That is
// repeated for longer: such calls are short, and the clients differ by less than two short
// measurements of the same one.
func (j job) repeat(ctx context.Context, c call) (result, error) {
	r, err := repeat(ctx, c, j.Benchtime)
	if j.Beside == "" || err != nil {
		return r, err
	}
	j.Peer = j.Beside
	beside, err := j.open(j.Items)
	if err != nil {
		return result{}, err
	}
	if err := check(ctx, beside, j.Items); err != nil {
		return result{}, err
	}
	r.Time, r.Beside, err = inTurn(ctx, c, beside, 10*j.Benchtime)
	return r, err
}

// inTurn returns what each of two calls takes, when they are repeated equally often for as long as
// d together. A few of one follow a few of the other, in an order that favours neither, so that
// what else the machine does meanwhile concerns both alike: long turns differ by more than the
// calls do. The collector's work is shared too, which favours the one that allocates more; bytes
// are measured alone.
func inTurn(ctx context.Context, a, b call, d time.Duration) (timeA, timeB time.Duration, err error) {
	const few = 10
	calls := [...]call{a, b}
	var sums [2]time.Duration
	var n time.Duration // of calls of each
	for sums[0]+sums[1] < d {
		for _, side := range [...]int{0, 1, 1, 0} {
			start := time.Now()
			for range few {
				if _, err := calls[side](ctx); err != nil {
					return 0, 0, err
				}
			}
			sums[side] += time.Since(start)
		}
		n += 2 * few
	}
	return sums[0] / n, sums[1] / n, nil
}

func repeat(ctx context.Context, c call, d time.Duration) (result, error) {
	testing.Init()
	if err := flag.Set("test.benchtime", d.String()); err != nil {
		return result{}, err
	}
	var failure error
	r := testing.Benchmark(func(b *testing.B) { //nolint:thelper // the benchmark itself
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c(ctx); err != nil {
				failure = err
				b.FailNow()
			}
		}
	})
	return result{
		Time:        time.Duration(r.NsPerOp()),
		Bytes:       r.AllocedBytesPerOp(),
		Allocations: r.AllocsPerOp(),
	}, failure
}

// eager is the percentage by which the heap may grow before the collector runs that keeps it close
// to what is in use. The default of 100 would not do: when it runs, and so what a call has at
// most, depends on chance.
const eager = 10

// once makes one call in a heap that is empty except for the connection and the codec's caches,
// and returns how much memory it took from the system: the kernel's own count of the most that was
// ever resident, which a sampler cannot miss, against what was resident before.
func once(ctx context.Context, c call, gcPercent int) (result, error) {
	debug.SetGCPercent(gcPercent)
	debug.FreeOSMemory()
	before := status("VmRSS:")
	_, err := c(ctx)
	return result{Peak: status("VmHWM:") - before}, err
}

// status reads a line of Linux's /proc/self/status, in bytes. It is 0 elsewhere.
func status(line string) int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, value, _ := strings.Cut(string(text), line)
	var kilobytes int64
	if _, err := fmt.Sscan(value, &kilobytes); err != nil {
		return 0
	}
	return kilobytes << 10
}
