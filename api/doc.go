// Package api is a client for the Sellers Center API.
//
// [New] makes a [Client]. Its methods are the generated ones: one with a WithResponse suffix for
// each operation that the spec declares, two that begin with Wait for each kind of batch, and one
// that begins with All for each paged list. Below them, the same for every operation, are the API
// key, retries, rate limits, and errors. There is an example for each task.
//
// # Errors
//
// A nil error means that the success body is set, in the field of the status that came, such as
// JSON202, or in Body if it is not JSON. JSON200 is never nil where the spec declares a JSON 200 and
// no other success. Every other response, and a success whose body does not decode, is an [*Error],
// so JSON400, JSON404 and their like are never set; [Error.Decode] has their content. Use
// [errors.Is] with the sentinels, such as [ErrNotFound], to tell kinds apart. The error of a call
// without a response wraps the network's. That of a call that the context ended matches the
// context's error and cause.
//
// # Retries and rate limits
//
// Transient failures are retried, but never where that could carry out the same write twice; see
// [RetryPolicy]. A POST or PATCH whose outcome is unknown matches [ErrOutcomeUnknown]: look before
// sending it again.
//
// Calls keep within the limit that the spec states for each operation. A call blocks until it may
// go, first come, first served, and the polls of waits go after direct calls. [Client.RateLimits]
// reports how much is left. Clients in several processes count together with [WithSharedLimit].
//
// Give each call a context with a deadline, which bounds it as a whole. If its turn is known to
// come after the deadline, it fails at once.
//
// # Waiting for batches
//
// Writes are batches, whose results have to be polled. The methods that begin with Wait do so for
// one batch or for many at once. [Wait] and [WaitAll], which they are made of, serve any operation.
// Except for a bad option, each error is a [*BatchError] with the batch's id, so no batch is lost.
// A completed batch may still contain failures: look at the success and the errors of each item.
//
// # The key
//
// The API key is sent only to the base URL's scheme, host and port, whatever redirects say. Our own
// code never shows it in an error, log record or printed value, and a trace in a call's context
// ([net/http/httptrace]) sees [redacted] in its place. Where a response echoes a key of 8 bytes or
// more, letter for letter or as Go writes it in a URL, HTML or JSON, errors have [redacted] too.
// Successful responses are returned unchanged. [WithKeySource] is for keys that rotate.
//
// # One call, and every attempt
//
// The last arguments of a method are request editors, functions that can change the request. They
// run once per call. The transport of [WithHTTPClient] sees every attempt, and [AttemptFromContext]
// tells which one it is. [WithLogger] logs each attempt and retry. [WithObserver] is for traces and
// metrics, and sees no key; package api/apiotel provides both for OpenTelemetry.
//
// # Testing
//
// Package [github.com/sellerscenter/client-go/api/apitest] has a fake server for tests of code
// that uses this package, in memory, and with fake time in a [testing/synctest] bubble.
package api
