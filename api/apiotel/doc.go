// Package apiotel adds OpenTelemetry to a client of package api, in one line:
//
//	client, err := api.New(baseURL, apiKey, apiotel.Instrument())
//
// # Spans
//
// Each wait, call and attempt has a span. A wait's polls are calls, whose spans are children of the
// wait's, and an attempt's span is a child of its call's. The span of a wait or a direct call is a
// child of the one in the caller's context.
//
//	wait for batch            from the first poll to the result
//	GetShipOrderBatchResults  a call or poll, with its time in line and the delays of retries
//	GET /api/v1/results/…     an attempt, up to the last byte of the response
//
// Attempts follow the [semantic conventions for HTTP clients], except that url.full has no query,
// as in the client's log. The server gets the attempt's span in the traceparent header. These
// attributes are our own:
//
//	sellerscenter.client.operation       call  the operation's Go name
//	sellerscenter.client.attempts        call  how many attempts were made
//	sellerscenter.client.queue.duration  call  time in line for the rate limit, in seconds
//	sellerscenter.client.batch.id        all   the batch's id, in a wait
//	sellerscenter.client.batch.status    wait  the last status, or "none", or _OTHER if unknown
//	sellerscenter.client.polls           wait  how many polls were made
//
// The span of a failure has the status Error, with the error's text unless the HTTP status code
// says it all. Its error.type is that status code, or one of canceled, timeout, dns, connection,
// certificate, batch_failed and _OTHER.
//
// A call's span ends before the response is decoded. A body that does not decode therefore shows
// only in the call's error, and in the span of a wait that it ends.
//
// # Metrics
//
//	http.client.request.duration               s          attempts, as the conventions say
//	sellerscenter.client.call.duration         s          calls, by operation and error.type
//	sellerscenter.client.wait.duration         s          waits, by batch.status and error.type
//	sellerscenter.client.queue.duration        s          a call's time in line, by operation
//	sellerscenter.client.retries               {retry}    by operation
//	sellerscenter.client.rate_limit.limit      {request}  requests allowed a minute, by operation
//	sellerscenter.client.rate_limit.remaining  {request}  requests left now, by operation
//
// The two rate limit metrics are gauges, which are read when metrics are collected.
//
// # The key
//
// The API key is in no span and no metric. Headers are not recorded, and bodies only as the message
// in the text of an error, in which package api redacts an echo of the key. A transport of your own
// sees both the key and, in the request's context, the attempt's span: it must not record the key
// in the span.
//
// [semantic conventions for HTTP clients]: https://opentelemetry.io/docs/specs/semconv/http/
package apiotel
