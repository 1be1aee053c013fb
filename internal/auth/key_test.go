package auth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/internal/auth"
)

const marked = "marked-key-0123456789abcdef"

func keyOf(t testing.TB, text string) auth.Key {
	t.Helper()
	key, err := auth.NewKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestKeyIsCleaned has keys as they come from files and from sources.
func TestKeyIsCleaned(t *testing.T) {
	for _, tt := range []struct {
		text string
		good bool
	}{
		{marked, true},
		{" \t" + marked + "\r\n", true},
		{"", false},
		{" \n\t", false},
		{"\x00" + marked, false},
		{"marked-key\tmarked-key-0123456789abcdef", false},
		{"marked-key\nmarked-key-0123456789abcdef", false},
		{"marked-key\r\nmarked-key-0123456789abcdef", false},
		{marked + "\x1b", false},
		{marked + "\x7f", false},
		{marked + "\u0085" + marked, false},
		{marked + "\xe9", false},
	} {
		key, err := auth.NewKey(tt.text)
		ask := func(context.Context) (string, error) { return tt.text, nil }
		asked, sourceErr := auth.FromFunc(ask, time.Second)(t.Context())
		if !tt.good {
			text := fmt.Sprint(err, sourceErr)
			if !key.IsZero() || !asked.IsZero() || strings.Contains(text, "marked") ||
				!strings.Contains(text, "API key") || !errors.Is(sourceErr, auth.ErrSource) {
				t.Errorf("%q: errors %v, %v", tt.text, err, sourceErr)
			}
			continue
		}
		want := keyOf(t, marked)
		if err != nil || sourceErr != nil || !key.Equal(want) || !asked.Equal(want) {
			t.Errorf("%q: another key, or errors %v, %v", tt.text, err, sourceErr)
		}
	}
}

// TestSourceIsGivenItsTime has a source that fails only when its time is over.
func TestSourceIsGivenItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := auth.FromFunc(func(ctx context.Context) (string, error) {
			<-ctx.Done()
			return marked, ctx.Err()
		}, time.Minute)(t.Context())
		if !errors.Is(err, auth.ErrSource) || !errors.Is(err, context.DeadlineExceeded) ||
			time.Since(began) != time.Minute {
			t.Errorf("error %v after %v, want the source's own after a minute", err, time.Since(began))
		}
	})
}
