package waitsim

import "testing"

// TestWait simulates this client in every scenario, and holds it to the goals.
func TestWait(t *testing.T) {
	for _, s := range settings(countings) {
		for _, scenario := range Scenarios {
			t.Run(s.String()+"/"+scenario.String(), func(t *testing.T) {
				t.Parallel()
				seeds := scenario.Seeds()
				o := simulate(t, ThisClient, s, scenario, seeds)
				t.Logf("%d requests, %d refused, mean delay %v, p95 %v, last known after %v",
					o.requests, o.refused, o.mean(), o.p95(), o.last)
				if want := scenario.Batches * seeds; o.err != nil || len(o.delays) != want {
					t.Errorf("%d of %d batches known, error %v", len(o.delays), want, o.err)
				}
				checkRefused(t, o.requests, o.refused, s.refused)
				if s.steady {
					checkGoals(t, scenario, o)
				}
			})
		}
	}
}

func checkGoals(t testing.TB, s Scenario, o *outcome) {
	t.Helper()
	if s.MaxMean > 0 && o.mean() > s.MaxMean {
		t.Errorf("mean delay %v, want at most %v", o.mean(), s.MaxMean)
	}
	if s.MaxLast > 0 && o.last > s.MaxLast {
		t.Errorf("last known after %v, want at most %v", o.last, s.MaxLast)
	}
}
