package waitsim

import (
	"fmt"
	"os"
	"testing"
	"text/tabwriter"
	"time"
)

// TestWaitTable prints this client beside the others. It is a report; TestWait holds this client to
// its goals.
func TestWaitTable(t *testing.T) {
	if os.Getenv("WAITSIM_TABLE") == "" {
		t.Skip("a report that takes a while: make bench-wait prints it")
	}
	for _, s := range settings(countings) {
		fmt.Printf("\n%s, latency %s\n", s.counting.name, s.network.name)
		printTable(t, s)
	}
}

func printTable(t *testing.T, s setting) {
	t.Helper()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "client\tbatches\tknown\trequests\t429s\tmean delay\tp95 delay\tlast known\t\n")
	for _, scenario := range Scenarios {
		for _, client := range Clients {
			seeds := max(1, 100/scenario.Batches) // loops that are refused for ten minutes cost time
			if client.Name == ThisClient.Name {
				seeds = 4 * scenario.Seeds()
			}
			o := simulate(t, client, s, scenario, seeds)
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t",
				client.Name, scenario, len(o.delays)/seeds, o.requests/seeds, o.refused/seeds)
			if len(o.delays) == 0 {
				fmt.Fprint(w, "-\t-\t-\t\n")
				continue
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t\n", inSeconds(o.mean()), inSeconds(o.p95()), inSeconds(o.last))
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

func inSeconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
