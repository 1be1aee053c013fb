// Package apiotel tells OpenTelemetry what a client of package api does, in one line:
//
//	client, err := api.New(baseURL, apiKey, apiotel.Instrument())
//
// # Spans
//
// A call is made of attempts, and a wait of calls. Each has a span, under the span of what it is part
// of. A wait's or direct call's own is under that of the caller's context.
//
//	wait for batch            a wait, of Wait and WaitAll too; its length is what the caller waited
//	GetShipOrderBatchResults  a call or poll, with what it waits for: its turn, and the next attempt
//	GET /api/v1/results/…     an attempt, to the last byte of the response (kind: client)
//
// The attempts follow the [semantic conventions for HTTP clients], and their span is what the server
// gets in the traceparent header. url.full has neither user information nor query, as the client's
// log has none. The attributes that are not of these conventions:
//
//	sellerscenter.client.operation       call     the Go name, as in api.RateLimit
//	sellerscenter.client.attempts        call     how many were made
//	sellerscenter.client.queue.duration  call     seconds in line for the rate limit
//	sellerscenter.client.batch.id        all      of a wait and its polls
//	sellerscenter.client.batch.status    wait     the last one; _OTHER if package api has no name for it
//	sellerscenter.client.polls           wait     how many were made
//
// What failed has the status Error, with the text of the error where there is more to say than the
// status code. error.type is the response's status code or one of: canceled, timeout, dns, connection,
// certificate, batch_failed, _OTHER. A body that does not decode is found after its call's span has
// ended, so that only the error of the call or the span of the wait shows it.
//
// # Metrics
//
//	http.client.request.duration                     s          an attempt, with what the conventions have
//	sellerscenter.client.call.duration               s          a call: operation, error.type
//	sellerscenter.client.wait.duration               s          a wait: batch.status, error.type
//	sellerscenter.client.retries                     {retry}    attempts after a call's first: operation
//	sellerscenter.client.queue.duration   s          a call's time in line: operation
//	sellerscenter.client.rate_limit.limit            {request}  a minute, as far as known: operation
//	sellerscenter.client.rate_limit.remaining        {request}  that could be sent now: operation
//
// The last two are asked for when metrics are collected, for as long as the program holds the client.
//
// # The key
//
// The API key is in none of them: no header or body is recorded, and in the texts of errors, package
// api has redacted an echo of it.
//
// [semantic conventions for HTTP clients]: https://opentelemetry.io/docs/specs/semconv/http/
package apiotel
