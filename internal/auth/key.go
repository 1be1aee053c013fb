// Package auth adds the API key to requests and keeps it from everywhere else.
//
// A key is sent only to one origin, the scheme, host and port of the base URL, decided anew for
// each hop. Requests that other code can see, in a response or an error, never carry it.
package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Key is an API key. It is held in a function, never in a field, so that no printing of a value
// that leads here shows it. The zero Key is none.
type Key struct{ reveal func() string }

// NewKey returns a key without the white space around it, such as a secret file's newline. It
// refuses a key that is empty, is not UTF-8, or has control characters, which no header can carry.
// The error does not show the key.
func NewKey(text string) (Key, error) {
	text = strings.TrimSpace(text)
	if text == "" || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return Key{}, errors.New("the API key is empty, not UTF-8, or has a control character in it; " +
			"write only the key, on one line")
	}
	return Key{func() string { return text }}, nil
}

// Equal reports whether two keys are the same.
func (k Key) Equal(other Key) bool { return k.text() == other.text() }

// IsZero reports whether k is the zero Key.
func (k Key) IsZero() bool { return k.reveal == nil }

func (k Key) text() string {
	if k.reveal == nil {
		return ""
	}
	return k.reveal()
}

// Source returns the key to send now. It is called concurrently.
type Source func(ctx context.Context) (Key, error)

// Static returns a source of one key.
func Static(key Key) Source {
	return func(context.Context) (Key, error) { return key, nil }
}

// ErrSource is in every error of a source that [FromFunc] made. Such a source does its own
// retrying, so asking again would not help.
var ErrSource = errors.New("key source")

// FromFunc returns a source of the keys that ask returns, cleaned as by [NewKey]. Each question is
// given a time limit.
func FromFunc(ask func(context.Context) (string, error), limit time.Duration) Source {
	return func(ctx context.Context) (Key, error) {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		text, err := ask(ctx)
		key, bad := NewKey(text)
		if err := cmp.Or(err, bad); err != nil {
			return Key{}, fmt.Errorf("%w: %w", ErrSource, err)
		}
		return key, nil
	}
}
