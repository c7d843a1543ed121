import type { RequestListener, Server, ServerResponse } from 'node:http';
import { type HealthAnswers, NO_SUCH_PATH, TEXT } from './health-answers.ts';

// An import of node:http also loads what Node has of fetch, WebSocket and streams of the web, because it reads each name that the module exports:
// 11 MB of resident memory that a worker without an API does not need.
const { createServer } = process.getBuiltinModule('node:http');

/** A server of the health endpoints alone. */
export function createHealthServer(answers: HealthAnswers): Server {
  return createServer(listenerFor(answers));
}

function listenerFor(answers: HealthAnswers): RequestListener {
  return async (request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const answer = isRead(request.method) ? answers.get(path) : undefined;
    try {
      if (answer === undefined) return send(response, 404, { 'content-type': TEXT }, NO_SUCH_PATH);
      const { status, headers, body } = await answer(new URLSearchParams(query).has('verbose'));
      send(response, status, headers, body);
    } catch (error) {
      send(response, 500, { 'content-type': TEXT }, `${(error as Error).message}\n`);
    }
  };
}

function isRead(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Node sends no body in the answer to HEAD. */
function send(response: ServerResponse, status: number, headers: Record<string, string>, body: string): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
