package attempt

import (
	"context"
	"time"
)

// Sleep blocks for a time, or until the context ends.
func Sleep(ctx context.Context, d time.Duration) {
	awake, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-awake.Done()
}
