package waitsim

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"text/tabwriter"
	"time"
)

// table prints rows in columns.
type table struct{ *tabwriter.Writer }

func newTable(t *testing.T, heads ...any) table {
	t.Helper()
	if os.Getenv("WAITSIM_TABLE") == "" {
		t.Skip("a report that takes a while: make bench-wait and make bench-shared print it")
	}
	w := table{tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)}
	t.Cleanup(func() {
		if err := w.Flush(); err != nil {
			t.Error(err)
		}
	})
	w.row(heads...)
	w.row(slices.Repeat([]any{"---"}, len(heads))...)
	return w
}

func (w table) row(cells ...any) {
	for _, cell := range cells {
		fmt.Fprintf(w, "| %v\t", cell)
	}
	fmt.Fprintln(w, "|")
}

// TestWaitTable prints this client beside the others. It is a report; TestWait holds this client to
// its goals.
func TestWaitTable(t *testing.T) {
	w := newTable(t, "server", "batches", "client", "known", "requests", "429s", "mean delay", "p95 delay",
		"last known")
	for _, s := range settings(countings) {
		for _, scenario := range Scenarios {
			ours := simulation{setting: s, scenario: scenario, seeds: 4 * scenario.Seeds()}
			w.addWaits(t, "this client", ours)
			for _, peer := range Peers {
				theirs := ours
				theirs.peer = &peer
				// Loops that are refused for ten minutes cost time.
				theirs.seeds = max(1, 100/scenario.Batches)
				w.addWaits(t, peer.Name, theirs)
			}
		}
	}
}

func (w table) addWaits(t *testing.T, name string, s simulation) {
	t.Helper()
	o := s.run(t)
	delays := []any{"", "", ""}
	if n := len(o.delays); n > 0 {
		slices.Sort(o.delays)
		delays = []any{inSeconds(mean(o.delays)), inSeconds(o.delays[n*95/100]), inSeconds(o.last)}
	}
	counts := []any{len(o.delays) / s.seeds, o.requests / s.seeds, o.refused / s.seeds}
	w.row(slices.Concat([]any{s.setting, s.scenario, name}, counts, delays)...)
}

// TestSharedLimitTable prints clients that share a limit beside those that count alone.
func TestSharedLimitTable(t *testing.T) {
	w := newTable(t, "server", "headers", "clients", "refused alone", "shared", "mean delay alone", "shared",
		"questions")
	for _, c := range countings[:2] {
		for _, silent := range []bool{false, true} {
			for _, s := range sharing(simulation{setting: setting{c, networks[0]}, silent: silent}) {
				a := alone(s).run(t)
				o := s.run(t)
				headers := map[bool]string{false: "yes", true: "no"}[silent]
				w.row(c.name, headers, s.clients, a.refusedPercent(), o.refusedPercent(),
					inSeconds(mean(a.delays)), inSeconds(mean(o.delays)), fmt.Sprintf("%.1f", o.questions()))
			}
		}
	}
}

func (o *outcome) refusedPercent() string {
	return fmt.Sprintf("%.1f %%", 100*float64(o.refused)/float64(o.requests))
}

func inSeconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
