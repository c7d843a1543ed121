import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
// Creating a server replaces the global Response. RESPONSE_ALREADY_SENT works only if it was created before that.
import '@hono/node-server/utils/response';
import { type Env, Hono, type Schema } from 'hono';
import type { HealthAnswers } from './health-answers.ts';

export type App = Hono<Env, Schema, string>;

/** A server of an app, whose answer for unknown paths applies, with the health endpoints behind it. */
export function createAppServer(app: App, answers: HealthAnswers): Server {
  return createAdaptorServer({ fetch: app.route('/', healthApp(answers)).fetch }) as Server;
}

function healthApp(answers: HealthAnswers): Hono {
  const app = new Hono();
  for (const [path, answer] of answers) {
    app.get(path, async (context) => {
      const { status, headers, body } = await answer(context.req.query('verbose') !== undefined);
      return context.body(body, status, headers);
    });
  }
  app.onError((error, context) => context.text(`${error.message}\n`, 500));
  return app;
}
