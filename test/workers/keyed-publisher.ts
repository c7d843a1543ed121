import { discoveryOf, type FeedServer, json, startFeedServer } from '@velolog/ingest/fetch/test-feed-server';

/** The values of the keys, by the names in the entries of the systems. */
export const KEYS = {
  HEADER_KEY: 'canary-header-1a2b',
  URL_KEY: 'canary-url-3c4d',
  CLIENT_KEY: 'canary-client-5e6f',
};
export const TOKEN = 'canary-token-7a8b';

export type KeyedPublisher = AsyncDisposable & {
  /** Systems with a key in a header, in the URL, as a bearer token and for an access token, and one whose key is not set. */
  entries: object[];
  requests: FeedServer['requests'];
};

/**
 * A publisher that requires keys, and repeats each wherever it can: in redirects, and in the URLs that they lead to.
 */
export async function startKeyedPublisher(): Promise<KeyedPublisher> {
  const server = await startFeedServer();
  const { url, answers } = server;
  answers['/token'] = json({ access_token: TOKEN, expires_in: 600 });
  for (const name of ['by-header', 'by-token', 'by-bearer']) {
    answers[`/${name}/gbfs`] = json(discoveryOf(`${url}/${name}`, ['station_status', 'station_information']));
    answers[`/${name}/station_status`] = ({ headers }, response) => {
      const key = headers.authorization?.replace('Bearer ', '') ?? headers['x-api-key'];
      response.writeHead(302, { location: `/${name}/${key}/status?session=${key}`, etag: `"1"` }).end();
    };
  }
  answers[`/by-url?key=${KEYS.URL_KEY}`] = json(discoveryOf(`${url}/by-url`, ['station_status']));
  return {
    entries: entriesAt(url),
    requests: server.requests,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function entriesAt(url: string): object[] {
  const reference = (name: string) => `\${${name}}`;
  const oauth2 = {
    type: 'oauth2',
    token_url: `${url}/token`,
    client_id: 'me',
    client_secret: reference('CLIENT_KEY'),
  };
  const header = { 'X-Api-Key': reference('HEADER_KEY') };
  const bearer = { Authorization: `Bearer ${reference('HEADER_KEY')}` };
  return [
    { id: 'by-header', discovery_url: `${url}/by-header/gbfs`, headers: header },
    { id: 'by-bearer', discovery_url: `${url}/by-bearer/gbfs`, headers: bearer },
    { id: 'by-url', discovery_url: `${url}/by-url?key=${reference('URL_KEY')}` },
    { id: 'by-token', discovery_url: `${url}/by-token/gbfs`, authentication: oauth2 },
    { id: 'without', discovery_url: `${url}/without/gbfs`, headers: { 'X-Api-Key': reference('NOT_SET') } },
  ];
}
