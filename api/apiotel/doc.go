// Package apiotel adds OpenTelemetry to a client of package api, in one line:
//
//	client, err := api.New(baseURL, apiKey, apiotel.Instrument())
//
// # Spans
//
// Waits, calls and attempts have spans. A wait's polls are calls below it, and a call's attempts
// are below the call. The span of a wait or a direct call is below that of the caller's context.
//
//	wait for batch            from the first poll to the result
//	GetShipOrderBatchResults  a call or poll, with its time in line and the delays of retries
//	GET /api/v1/results/…     an attempt, up to the last byte of the response
//
// Attempts follow the [semantic conventions for HTTP clients], except that url.full has no query,
// as the client's log has none. The server gets the attempt's span in the traceparent header. These
// are the attributes of our own:
//
//	sellerscenter.client.operation       call  the operation's Go name
//	sellerscenter.client.attempts        call  how many were made
//	sellerscenter.client.queue.duration  call  how long it was in line for the rate limit, in seconds
//	sellerscenter.client.batch.id        all   in a wait
//	sellerscenter.client.batch.status    wait  the last status, none, or _OTHER if it is not known
//	sellerscenter.client.polls           wait  how many were made
//
// A span of what failed has the status Error, with the error's text unless the status code says it
// all. Its error.type is the status code, or one of canceled, timeout, dns, connection,
// certificate, batch_failed and _OTHER.
//
// A call's span ends before the response is decoded. A body that does not decode shows in the error
// of the call, and in the span of a wait that it ends.
//
// # Metrics
//
//	http.client.request.duration               s          attempts, as the conventions say
//	sellerscenter.client.call.duration         s          calls, by operation and error.type
//	sellerscenter.client.wait.duration         s          waits, by batch.status and error.type
//	sellerscenter.client.queue.duration        s          a call's time in line, by operation
//	sellerscenter.client.retries               {retry}    by operation
//	sellerscenter.client.rate_limit.limit      {request}  how many a minute may be sent, by operation
//	sellerscenter.client.rate_limit.remaining  {request}  how many could be sent now, by operation
//
// The two of the rate limit are gauges, which are read when metrics are collected.
//
// # The key
//
// The API key is in none of them. Neither headers nor bodies are recorded, and package api redacts
// an echo of the key in the text of an error. A transport of yours sees both the key and, in the
// context of the request, the attempt's span: let it not bring them together.
//
// [semantic conventions for HTTP clients]: https://opentelemetry.io/docs/specs/semconv/http/
package apiotel
