/** Why a fetch failed. Beside these, `http_<status>` is what the server answered, such as `http_503`. */
export const FETCH_FAILURES = {
  dns: 'The name of the host cannot be resolved.',
  unreachable: 'There is no way to the host.',
  connection_refused: 'Nothing listens on the host.',
  connection_reset: 'The connection was closed before the answer was there.',
  timeout_connect: 'The host does not take the connection in time.',
  timeout_headers: 'The head of the answer does not come in time.',
  timeout_body: 'The body does not come in time.',
  tls: 'The certificate is not valid, or no secure connection can be agreed on.',
  refused_private_address: 'The host is in a private network, which feeds may not lead to.',
  too_many_redirects: 'The answer leads on and on, or in a circle.',
  bad_redirect: 'The answer leads to what is no URL, or to nowhere.',
  bad_response: 'The answer is not HTTP.',
  bad_encoding: 'The body is not packed as its head says.',
  unsupported_encoding: 'The body is packed in a way that was not asked for.',
  truncated: 'The body ends before it is complete.',
  body_too_large: 'The body is larger than a feed may be, or than Kafka takes.',
  retry_after: 'The host asked for a pause, which is not over.',
  token_refused: 'The server that gives access tokens refuses the client id or its secret.',
  token_unavailable: 'The server that gives access tokens cannot be reached, or gives none.',
  network: 'Something else went wrong on the way.',
} as const;
export type FetchFailureCode = keyof typeof FETCH_FAILURES;
