/** What a code of ingest means for who has just typed a URL. */
const PROBLEMS: Record<string, string> = {
  refused_private_address:
    'its address is not on the public internet; ALLOW_PRIVATE_FEEDS=1 permits such feeds, here and for ingest',
  dns: 'there is no such host',
  connection_refused: 'nothing listens there',
  connection_reset: 'the server closed the connection',
  timeout_connect: 'the server does not answer',
  timeout_headers: 'the server does not answer',
  timeout_body: 'the server does not finish its answer',
  unreachable: 'the server cannot be reached from here',
  tls: 'its certificate is not valid',
  not_json: 'it is no GBFS: what it gives is not JSON. Give the URL of gbfs.json, the discovery document',
  not_a_feed: 'it is no GBFS: what it gives is no feed. Give the URL of gbfs.json, the discovery document',
  empty_body: 'what it gives is empty',
  no_feed_list: 'it is no discovery document of GBFS: it lists no feeds. Give the URL of gbfs.json',
  too_many_redirects: 'it redirects in a circle, or too often',
  bad_redirect: 'it redirects to nowhere',
  body_too_large: 'what it gives is larger than MAX_BODY_BYTES',
  retry_after: 'the server asked to be left alone for a while; try again later',
  token_refused: 'the server that gives access tokens refuses the client id or its secret',
  token_unavailable: 'the server that gives access tokens cannot be reached, or gives none',
  http_401: `it wants a key (401): put it into the environment and give it with --header 'Name: \${NAME}'`,
  http_403: 'it does not let us in (403): a key may be missing, see --header',
  http_404: 'there is nothing at this URL (404)',
  http_410: 'it is gone for good (410)',
};

export function describeProblem(code: string, httpStatus: number | null): string {
  const known = PROBLEMS[code];
  if (known !== undefined) return known;
  return httpStatus === null
    ? `it does not answer as it should (${code})`
    : `the server answers ${httpStatus}`;
}
