// Package auth adds the API key to requests and keeps it from everywhere else.
//
// A key is sent only to one origin, the scheme, host and port of the base URL, decided anew for each hop. Requests that
// other code can see, in a response or an error, never carry it.
package auth

import (
	"context"
	"errors"
	"strings"
	"unicode"
)

// Header is the name of the header that carries the key: the spec's security scheme APIKeyAuth.
const Header = "X-API-Key"

// Source returns the key to send now. It is called once for each hop of each attempt, concurrently.
//
// Keys are held in functions, never in fields, so that no printing of a value that leads here can show one.
type Source func(context.Context) (string, error)

// Static returns a Source of one key that never changes, which must have passed CleanKey.
func Static(key string) Source {
	return func(context.Context) (string, error) { return key, nil }
}

// CleanKey trims white space around a key, such as a secret file's newline. It refuses a key that is empty or has control
// characters in it, which no header can carry. The error does not show the key.
func CleanKey(key string) (string, error) {
	key = strings.TrimSpace(key)
	if key == "" {
		return "", errors.New("the API key is empty")
	}
	if strings.ContainsFunc(key, unicode.IsControl) {
		return "", errors.New("the API key has a control character in it; write the key alone, on one line")
	}
	return key, nil
}

// current returns the source's key, cleaned.
func (s Source) current(ctx context.Context) (string, error) {
	key, err := s(ctx)
	if err == nil {
		key, err = CleanKey(key)
	}
	if err != nil {
		return "", &SourceError{Err: err}
	}
	return key, nil
}

// SourceError reports that the key source gave no usable key; nothing was sent.
type SourceError struct{ Err error }

// Error tells what the source or the check of its key said.
func (e *SourceError) Error() string { return "key source: " + e.Err.Error() }

// Unwrap returns the source's own error.
func (e *SourceError) Unwrap() error { return e.Err }

// Permanent reports that sending again would not help: a source does its own retrying.
func (e *SourceError) Permanent() bool { return true }
