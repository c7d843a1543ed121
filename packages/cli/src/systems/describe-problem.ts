/** What an error code of ingest means to someone who has just typed a URL. */
const PROBLEMS: Record<string, string> = {
  refused_private_address:
    'its address is not on the public internet; ALLOW_PRIVATE_FEEDS=1 permits such feeds, here and for ingest',
  dns: 'there is no such host',
  connection_refused: 'no server listens there',
  connection_reset: 'the server closed the connection',
  timeout_connect: 'the server does not answer',
  timeout_headers: 'the server does not answer',
  timeout_body: 'the server does not finish its answer',
  unreachable: 'the server cannot be reached from here',
  tls: 'its certificate is not valid',
  not_json: 'it is not GBFS: the answer is not JSON. Give the URL of gbfs.json, the discovery document',
  not_a_feed: 'it is not GBFS: the answer is not a feed. Give the URL of gbfs.json, the discovery document',
  empty_body: 'the answer is empty',
  no_feed_list: 'it is not a GBFS discovery document: it lists no feeds. Give the URL of gbfs.json',
  too_many_redirects: 'it redirects too often',
  bad_redirect: 'it redirects to an invalid URL',
  body_too_large: 'the answer is larger than MAX_BODY_BYTES',
  retry_after: 'the server asked to wait (Retry-After); try again later',
  token_refused: 'the token server refuses the client id or its secret',
  token_unavailable: 'the token server cannot be reached, or gives no token',
  http_401: `it needs a key (401): put the key into the environment and give it with --header 'Name: \${NAME}'`,
  http_403: 'access is forbidden (403): a key may be missing, see --header',
  http_404: 'there is nothing at this URL (404)',
  http_410: 'it has been removed permanently (410)',
};

export function describeProblem(code: string, httpStatus: number | null): string {
  const known = PROBLEMS[code];
  if (known !== undefined) return known;
  return httpStatus === null ? `the request failed (${code})` : `the server answers ${httpStatus}`;
}
