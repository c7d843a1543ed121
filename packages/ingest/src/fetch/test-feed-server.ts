import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server for tests. Its answers can be set per path while it runs. */
export type FeedServer = {
  url: string;
  port: number;
  answers: Record<string, (request: IncomingMessage, response: ServerResponse) => void>;
  requests: { path: string; headers: IncomingMessage['headers']; atMs: number }[];
  [Symbol.asyncDispose]: () => Promise<void>;
};

export async function startFeedServer(host = '127.0.0.1'): Promise<FeedServer> {
  const answers: FeedServer['answers'] = {};
  const requests: FeedServer['requests'] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push({ path, headers: request.headers, atMs: performance.now() });
    const answer = answers[path];
    if (answer === undefined) response.writeHead(404).end();
    else answer(request, response);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, host, resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    port,
    answers,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

export function json(document: unknown, headers: Record<string, string> = {}) {
  return (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(document));
  };
}

/** Answers 304 to the ETag it gave, as a well-behaved publisher does. */
export function jsonWithEtag(document: unknown, etag: string) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
    else json(document, { etag })(request, response);
  };
}

export function discoveryOf(url: string, feeds: string[]): unknown {
  const listed = feeds.map((name) => ({ name, url: `${url}/${name}` }));
  return { last_updated: 1_760_000_000, ttl: 60, version: '2.3', data: { en: { feeds: listed } } };
}

export function statusOf(bikes: number[], ttl = 0): unknown {
  const stations = bikes.map((num_bikes_available, index) => ({
    station_id: `s${index}`,
    num_bikes_available,
  }));
  return { last_updated: 1_760_000_000, ttl, version: '2.3', data: { stations } };
}
