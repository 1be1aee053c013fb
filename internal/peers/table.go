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
	"strings"
	"time"
)

// suite measures all rows in turn, several times.
type suite struct {
	rows      []row
	rounds    int
	benchtime time.Duration
	chunked   bool
}

// row is a client as the tables have it: a peer and the build of this command that measures it.
type row struct{ name, peer, binary string }

func rowsOf(binary string) []row {
	var rows []row
	for _, p := range peers {
		rows = append(rows, row{p.name, p.name, binary})
	}
	return rows
}

var sizes = []int{1, 100, 10_000}

// startServer serves batches of all sizes, each below a path of its own.
func startServer(chunked bool) (*httptest.Server, error) {
	mux := http.NewServeMux()
	for _, items := range sizes {
		a, err := newAnswer(items, chunked)
		if err != nil {
			return nil, err
		}
		mux.Handle(fmt.Sprintf("/%d/api/v1/results/ship-orders", items), a)
	}
	return httptest.NewServer(mux), nil
}

// calls prints the tables of time, and of bytes and allocations of a call, by way of each server; the empty one answers in
// memory. Time comes with the range that the middle half of the rounds is in; bytes and allocations are those over the first server.
func (s suite) calls(ctx context.Context, w io.Writer, servers ...string) error {
	var cases []job
	times, sums := []string{"time of a call"}, []string{"of a call"}
	for _, server := range servers {
		over := ", loopback"
		if server == "" {
			over = ", in memory"
		}
		for _, items := range sizes {
			cases = append(cases, job{Items: items, Server: server, Chunked: s.chunked, Benchtime: s.benchtime})
			times = append(times, count(items)+over)
		}
	}
	for _, what := range []string{"bytes, ", "allocations, "} {
		for _, items := range sizes {
			sums = append(sums, what+count(items))
		}
	}
	samples, err := s.sample(ctx, "calls", cases)
	if err != nil {
		return err
	}
	heading(w, times)
	for i, r := range s.rows {
		cells := []string{r.name}
		for c := range cases {
			got, base := samples[c][i], samples[c][0]
			all := ratios(got, base, result.time)
			cell := fmt.Sprintf("%.2f (%.2f to %.2f)", median(all), quantile(all, 0.25), quantile(all, 0.75))
			if i == 0 {
				cell = threeDigits(time.Duration(median(values(base, result.time)))).String()
			}
			cells = append(cells, cell)
		}
		line(w, cells)
	}
	fmt.Fprintln(w)
	heading(w, sums)
	for i, r := range s.rows {
		bytes, allocations := []string{r.name}, []string(nil)
		for c := range sizes {
			got, base := samples[c][i], samples[c][0]
			if i == 0 {
				bytes = append(bytes, megabytes(median(values(base, result.bytes))))
				allocations = append(allocations, fmt.Sprintf("%.0f", median(values(base, result.allocations))))
				continue
			}
			bytes = append(bytes, fmt.Sprintf("%.2f", ratio(got, base, result.bytes)))
			allocations = append(allocations, fmt.Sprintf("%+.0f", median(values(got, result.allocations))-median(values(base, result.allocations))))
		}
		line(w, append(bytes, allocations...))
	}
	fmt.Fprintln(w)
	return nil
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

// peaks prints the table of the memory that one call with the most items takes: with the collector off, which is all that the
// call ever touches, and with the collector eager, which comes close to what it needs at once.
func (s suite) peaks(ctx context.Context, w io.Writer, server string) error {
	var cases []job
	for _, percent := range []int{-1, eager} {
		cases = append(cases, job{Items: slices.Max(sizes), Server: server, Chunked: s.chunked, GCPercent: percent})
	}
	samples, err := s.sample(ctx, "peaks", cases)
	if err != nil {
		return err
	}
	if samples[0][0][0].Peak == 0 {
		fmt.Fprint(w, "This system does not tell how much memory was resident.\n\n")
		return nil
	}
	heading(w, []string{"memory at most, " + count(cases[0].Items), "GOGC=off", fmt.Sprint("GOGC=", eager)})
	for i, r := range s.rows {
		cells := []string{r.name}
		for c := range cases {
			if i == 0 {
				cells = append(cells, megabytes(median(values(samples[c][i], result.peak))))
				continue
			}
			cells = append(cells, fmt.Sprintf("%.2f", ratio(samples[c][i], samples[c][0], result.peak)))
		}
		line(w, cells)
	}
	fmt.Fprintln(w)
	return nil
}

// sample measures each case with each row in each round, one after the other, and returns the results in that order. The
// rows of a case follow each other at once, in an order drawn anew, so that none always comes after the same one.
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
	child := exec.CommandContext(ctx, binary, "-child", string(description)) //nolint:gosec // a build of this command
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

// ratios compares round by round, so that what the machine does otherwise in a round concerns both sides.
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
