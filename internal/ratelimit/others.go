package ratelimit

import (
	"math"
	"time"
)

// others estimates what other users of the key have taken of a window. The server's count of what
// remains tells how much that is. That it was taken evenly over the last period, and so comes free
// evenly over the next one, is an assumption. An estimate may delay a request but never refuse one.
type others struct {
	slots float64
	at    time.Time // when the server's count was last seen
}

// taken returns how many slots are believed to be taken now.
func (o *others) taken(now time.Time) int {
	left := 1 - now.Sub(o.at).Seconds()/period.Seconds()
	return int(math.Ceil(o.slots * max(left, 0)))
}

// observe learns from a count of used slots, of which our own log knows some. Of the rest, up to
// inFlight may be our requests under way.
func (o *others) observe(now time.Time, used, own, inFlight int) {
	most := max(used-own, 0)
	least := max(most-inFlight, 0)
	*o = others{slots: float64(min(max(o.taken(now), least), most)), at: now}
}

// next returns when one slot more is believed to come free.
func (o *others) next(now time.Time) time.Time {
	return now.Add(time.Duration(float64(period) / max(o.slots, 1)))
}
