/** Why a fetch failed. A status of the server is `http_<status>`, such as `http_503`. */
export const FETCH_FAILURES = {
  dns: 'The host name cannot be resolved.',
  unreachable: 'The network has no route to the host.',
  connection_refused: 'Nothing listens at that host and port.',
  connection_reset: 'The connection was closed before the answer was complete.',
  timeout_connect: 'The host did not accept the connection in time.',
  timeout_headers: 'The host did not send the headers in time.',
  timeout_body: 'The host did not send the whole body in time.',
  tls: 'The certificate is not valid, or no secure connection could be set up.',
  refused_private_address:
    'The host is in a private network. Feeds may not lead there unless `ALLOW_PRIVATE_FEEDS=1`.',
  too_many_redirects: 'The answer redirects too often, or in a circle.',
  bad_redirect: 'The answer redirects without a usable URL.',
  bad_response: 'The answer is not HTTP.',
  bad_encoding: 'The body is not compressed the way its headers say.',
  unsupported_encoding: 'The body is compressed in a way that was not requested.',
  truncated: 'The body ends too early.',
  body_too_large: 'The body is larger than a feed may be, or larger than Kafka accepts.',
  retry_after: 'The host asked for a pause (`Retry-After`) that is not over yet.',
  token_refused: 'The server that issues access tokens refuses the client id or its secret.',
  token_unavailable: 'The server that issues access tokens cannot be reached, or issues none.',
  network: 'Another network error.',
} as const;
export type FetchFailureCode = keyof typeof FETCH_FAILURES;
