package faults

import (
	"context"
	"errors"
	"io"
	"net/textproto"
	"slices"
	"strings"
	"syscall"
)

// cause reports whether an error has the cause of its fault in its chain.
type cause func(error) bool

func is(targets ...error) cause {
	return func(err error) bool {
		return slices.ContainsFunc(targets, func(target error) bool { return errors.Is(err, target) })
	}
}

// says is the cause where net/http keeps the error's type to itself.
func says(text string) cause {
	return func(err error) bool { return strings.Contains(err.Error(), text) }
}

// timedOut is the cause where an attempt took too long, in whatever protocol.
func timedOut(err error) bool {
	return is(context.DeadlineExceeded)(err) && says("no whole response within ")(err)
}

// truncated is the cause where a response ends early: as the end of what is read, or as something
// malformed before it.
func truncated(err error) bool {
	return is(io.EOF, io.ErrUnexpectedEOF)(err) || errors.As(err, new(textproto.ProtocolError)) ||
		says("unexpected EOF reading trailer")(err) || says("malformed HTTP")(err)
}

func resetOrTruncated(err error) bool {
	return truncated(err) || is(syscall.ECONNRESET, syscall.EPIPE)(err)
}
