package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// suite measures all rows in turn, several times.
type suite struct {
	sizes     []int // of batches
	rows      []row
	rounds    int
	benchtime time.Duration
	chunked   bool
}

// row is a client as the tables have it: a peer, the build of this command that measures it, and
// the peer that it measures in turn with it, up to 100 items: the time of the very same one
// differs by some percent between two processes. Longer calls differ less, but leave each other a
// heap.
type row struct {
	name   string
	peer   string
	binary string
	beside string
}

func rowsOf(binary string) []row {
	var rows []row
	for _, p := range peers {
		rows = append(rows, row{name: p.name, peer: p.name, binary: binary, beside: plain})
	}
	rows[0].beside = "" // it is the plain one itself
	return rows
}

var sizes = []int{1, 100, 10_000}

// startServer serves batches of all sizes, each below a path of its own.
func startServer(chunked bool) (*httptest.Server, error) {
	mux := http.NewServeMux()
	for _, items := range sizes {
		response, err := newResponse(items, chunked)
		if err != nil {
			return nil, err
		}
		mux.Handle(fmt.Sprintf("/%d/api/v1/results/ship-orders", items), response)
	}
	return httptest.NewServer(mux), nil
}

// callsTo are the measurements of a call of each size, by way of a server, or in memory without
// one.
func (s suite) callsTo(server string) (cases []job) {
	for _, items := range s.sizes {
		cases = append(cases, job{
			Items:     items,
			Server:    server,
			Chunked:   s.chunked,
			Benchtime: s.benchtime,
		})
	}
	return cases
}

// peaksOf are the measurements of the memory that one call with the most items takes: with the
// collector off, which is all that the call ever touches, and with the collector eager, which
// comes close to what it needs at once.
func (s suite) peaksOf(server string) (cases []job) {
	for _, percent := range []int{-1, eager} {
		cases = append(cases, job{
			Items:     slices.Max(s.sizes),
			Server:    server,
			Chunked:   s.chunked,
			GCPercent: percent,
		})
	}
	return cases
}

// print measures the calls through the server and in memory, and prints the tables.
func (s suite) print(ctx context.Context, w io.Writer, server string) error {
	calls := append(s.callsTo(server), s.callsTo("")...)
	callSamples, err := s.sample(ctx, "calls", calls)
	if err != nil {
		return err
	}
	s.times(w, calls, callSamples)
	peaks := s.peaksOf(server)
	peakSamples, err := s.sample(ctx, "peaks", peaks)
	if err != nil {
		return err
	}
	s.sums(w, calls[:len(s.sizes)], peaks, callSamples, peakSamples)
	return nil
}

// times prints the table of the time that calls take, with the range that the middle half of the
// rounds is in.
func (s suite) times(w io.Writer, cases []job, samples [][][]result) {
	cells := []string{"time of a call"}
	for _, j := range cases {
		over := ", loopback"
		if j.Server == "" {
			over = ", in memory"
		}
		cells = append(cells, count(j.Items)+over)
	}
	heading(w, cells)
	for i, r := range s.rows {
		cells := []string{r.name}
		for c := range cases {
			cells = append(cells, timeCell(samples[c][i], samples[c][0], i == 0))
		}
		line(w, cells)
	}
	fmt.Fprintln(w)
}

// timeCell is a cell of times: absolute in the first line, a ratio to that in the others.
func timeCell(got, base []result, first bool) string {
	if first {
		return threeDigits(time.Duration(median(values(base, result.time)))).String()
	}
	all := timeRatios(got, base)
	return fmt.Sprintf("%.2f (%.2f to %.2f)", median(all), quantile(all, 0.25), quantile(all, 0.75))
}

// sums prints the table of the bytes and allocations of calls, and of the memory that the largest
// one has at most, unless the system does not tell that.
func (s suite) sums(w io.Writer, calls, peaks []job, callSamples, peakSamples [][][]result) {
	if len(peakSamples) > 0 && peakSamples[0][0][0].Peak == 0 {
		peaks = nil
	}
	heading(w, sumsHeading(calls, peaks))
	for i, r := range s.rows {
		first := i == 0
		cells := []string{r.name}
		for c := range calls {
			cells = append(cells, sizeCell(callSamples[c][i], callSamples[c][0], result.bytes, first))
		}
		for c := range calls {
			cells = append(cells, allocationsCell(callSamples[c][i], callSamples[c][0], first))
		}
		for c := range peaks {
			cells = append(cells, sizeCell(peakSamples[c][i], peakSamples[c][0], result.peak, first))
		}
		line(w, cells)
	}
	fmt.Fprintln(w)
}

func sumsHeading(calls, peaks []job) []string {
	cells := []string{"of a call"}
	for _, j := range calls {
		cells = append(cells, "bytes, "+count(j.Items))
	}
	for _, j := range calls {
		cells = append(cells, "allocations, "+count(j.Items))
	}
	for _, j := range peaks {
		collector := strconv.Itoa(j.GCPercent)
		if j.GCPercent < 0 {
			collector = "off"
		}
		cells = append(cells, fmt.Sprintf("memory at most, %s, GOGC=%s", count(j.Items), collector))
	}
	return cells
}

// sizeCell is a cell of bytes: absolute in the first line, a ratio to that in the others.
func sizeCell(got, base []result, of func(result) float64, first bool) string {
	if first {
		return megabytes(median(values(got, of)))
	}
	return fmt.Sprintf("%.2f", ratio(got, base, of))
}

// allocationsCell is a cell of allocations: absolute in the first line, a difference in the
// others.
func allocationsCell(got, base []result, first bool) string {
	allocations := median(values(got, result.allocations))
	if first {
		return fmt.Sprintf("%.0f", allocations)
	}
	return fmt.Sprintf("%+.0f", allocations-median(values(base, result.allocations)))
}

func count(items int) string {
	if items == 1 {
		return "1 item"
	}
	return fmt.Sprint(items, " items")
}

func heading(w io.Writer, cells []string) {
	line(w, cells)
	line(w, slices.Repeat([]string{"---"}, len(cells)))
}

func line(w io.Writer, cells []string) {
	fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
}

// sample measures each case with each row in each round, one after the other, and returns the
// results in that order. The rows of a case follow each other at once, in an order drawn anew, so
// that none always comes after the same one.
func (s suite) sample(ctx context.Context, what string, cases []job) ([][][]result, error) {
	samples := make([][][]result, len(cases))
	for c := range samples {
		samples[c] = make([][]result, len(s.rows))
	}
	for round := range s.rounds {
		fmt.Fprintf(os.Stderr, "%s: round %d of %d\n", what, round+1, s.rounds)
		for c, j := range cases {
			for _, i := range rand.Perm(len(s.rows)) {
				j.Peer = s.rows[i].peer
				j.Beside = ""
				if j.Items <= 100 {
					j.Beside = s.rows[i].beside
				}
				r, err := start(ctx, s.rows[i].binary, j)
				if err != nil {
					return nil, fmt.Errorf("%s, %d items: %w", s.rows[i].name, j.Items, err)
				}
				samples[c][i] = append(samples[c][i], r)
			}
		}
	}
	return samples, nil
}

// start has a process of its own do the job.
func start(ctx context.Context, binary string, j job) (result, error) {
	description, err := json.Marshal(j)
	if err != nil {
		return result{}, err
	}
	//nolint:gosec // a build of this command
	child := exec.CommandContext(ctx, binary, "-child", string(description))
	child.Stderr = os.Stderr
	out, err := child.Output()
	if err != nil {
		return result{}, err
	}
	var r result
	err = json.Unmarshal(out, &r)
	return r, err
}

func values(results []result, of func(result) float64) []float64 {
	var all []float64
	for _, r := range results {
		all = append(all, of(r))
	}
	return all
}

// timeRatios compares with the peer that was measured in turn with it, and what has none with the
// first row of its round.
func timeRatios(got, base []result) []float64 {
	all := ratios(got, base, result.time)
	for round, r := range got {
		if r.Beside > 0 {
			all[round] = float64(r.Time) / float64(r.Beside)
		}
	}
	return all
}

// ratios compares round by round, so that what the machine does otherwise in a round concerns both
// sides.
func ratios(got, base []result, of func(result) float64) []float64 {
	all := values(got, of)
	for round, v := range values(base, of) {
		all[round] /= v
	}
	return all
}

func ratio(got, base []result, of func(result) float64) float64 { return median(ratios(got, base, of)) }

func median(all []float64) float64 { return quantile(all, 0.5) }

// quantile returns the value that the share q of all is below, between two of them if need be.
func quantile(all []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	at, rest := math.Modf(q * float64(len(sorted)-1))
	i := int(at)
	return sorted[i] + rest*(sorted[min(i+1, len(sorted)-1)]-sorted[i])
}

// threeDigits rounds to as many significant digits.
func threeDigits(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}

// megabytes writes a number of bytes with a fitting unit.
func megabytes(n float64) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", n/1e6)
	case n >= 1e5:
		return fmt.Sprintf("%.0f kB", n/1e3)
	}
	return fmt.Sprintf("%.1f kB", n/1e3)
}
