package main

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary make the measurements that the command would start itself for.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-child" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestAllClientsDecodeTheSame(t *testing.T) {
	for _, chunked := range []bool{false, true} {
		server, err := startServer(chunked)
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		for _, p := range peers {
			for _, url := range []string{"", server.URL} {
				call, err := job{Peer: p.name, Server: url, Chunked: chunked}.open(100)
				if err == nil {
					err = check(t.Context(), call, 100)
				}
				if err != nil {
					t.Errorf("%s, server %q, chunked %v: %v", p.name, url, chunked, err)
				}
			}
		}
	}
}

func TestCheckTellsBatchesApart(t *testing.T) {
	for _, p := range peers {
		call, err := job{Peer: p.name}.open(99)
		if err != nil {
			t.Fatal(err)
		}
		if err := check(t.Context(), call, 100); err == nil {
			t.Errorf("%s: 99 items pass for 100", p.name)
		}
	}
}

func TestServerToldOrUntoldLength(t *testing.T) {
	for _, chunked := range []bool{false, true} {
		server, err := startServer(chunked)
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		memory, err := newResponse(1, chunked)
		if err != nil {
			t.Fatal(err)
		}
		want := int64(len(memory.body))
		if chunked {
			want = -1
		}
		for url, transport := range map[string]http.RoundTripper{
			server.URL + "/1":  newTransport(),
			"http://localhost": memory,
		} {
			req, err := http.NewRequest(http.MethodGet, url+"/api/v1/results/ship-orders?"+query, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-API-Key", apiKey)
			resp, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != 200 || resp.ContentLength != want {
				t.Errorf("chunked %v, %s: status code %d, length %d, want %d",
					chunked, url, resp.StatusCode, resp.ContentLength, want)
			}
			if err := resp.Body.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestTables(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := suite{sizes: sizes, rows: rowsOf(self), rounds: 2, benchtime: time.Millisecond}
	calls := s.callsTo("")
	peaks := s.peaksOf("")
	callSamples, err := s.sample(t.Context(), "calls", calls)
	if err != nil {
		t.Fatal(err)
	}
	peakSamples, err := s.sample(t.Context(), "peaks", peaks)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s.times(&out, calls, callSamples)
	s.sums(&out, calls, peaks, callSamples, peakSamples)
	if peakSamples[0][0][0].Peak == 0 { // not Linux
		peaks = nil
	}
	tables := strings.Split(strings.TrimSpace(out.String()), "\n\n")
	if len(tables) != 2 {
		t.Fatalf("%d tables:\n%s", len(tables), &out)
	}
	for i, columns := range []int{1 + len(sizes), 1 + 2*len(sizes) + len(peaks)} {
		lines := strings.Split(tables[i], "\n")
		if want := 2 + len(peers); len(lines) != want {
			t.Errorf("%d lines, want %d:\n%s", len(lines), want, tables[i])
		}
		for _, line := range lines {
			if got := strings.Count(line, " | ") + 1; got != columns {
				t.Errorf("%d columns, want %d: %s", got, columns, line)
			}
		}
		if !strings.HasPrefix(lines[2], "| "+plain+" |") || strings.Contains(lines[2], " to ") {
			t.Errorf("the first line is %s, want the absolute values of the %s", lines[2], plain)
		}
	}
}

func TestTimeIsComparedWithThePeerBeside(t *testing.T) {
	base := []result{{Time: 10}, {Time: 10}}
	got := []result{{Time: 20, Beside: 16}, {Time: 30}}
	if r := timeRatios(got, base); r[0] != 1.25 || r[1] != 3 {
		t.Errorf("ratios %v, want 1.25 and 3", r)
	}
	r, err := job{Peer: this, Beside: plain, Items: 1, Benchtime: time.Millisecond}.measure(t.Context())
	if err != nil || r.Time <= 0 || r.Beside <= 0 || r.Allocations <= 0 {
		t.Errorf("%+v, error %v, want both measured", r, err)
	}
}

func TestMedianOfRatiosByRound(t *testing.T) {
	base := []result{{Time: 10}, {Time: 1000}, {Time: 30}, {Time: 10}}
	got := []result{{Time: 20}, {Time: 3000}, {Time: 30}, {Time: 40}}
	if m := ratio(got, base, result.time); m != 2.5 { // of 2, 3, 1 and 4
		t.Errorf("%v, want 2.5", m)
	}
}

func TestUnits(t *testing.T) {
	for d, want := range map[time.Duration]string{
		999:           "999ns",
		12_344:        "12.3µs",
		12_350_000:    "12.4ms",
		1_234_567_890: "1.23s",
	} {
		if got := threeDigits(d).String(); got != want {
			t.Errorf("%v, want %v", got, want)
		}
	}
	for n, want := range map[float64]string{4_820: "4.8 kB", 150_123: "150 kB", 14_912_345: "14.9 MB"} {
		if got := megabytes(n); got != want {
			t.Errorf("%v, want %v", got, want)
		}
	}
}
