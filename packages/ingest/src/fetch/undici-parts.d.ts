/**
 * The parts of undici that ingest uses. The whole of it also loads fetch, WebSocket, caches and mocks: 14 MB more resident memory (measured with the
 * memory settings of workers). undici declares types only for its root.
 */
declare module 'undici/lib/dispatcher/agent.js' {
  import { Agent } from 'undici/index.js';
  export default Agent;
}

declare module 'undici/lib/core/connect.js' {
  import { buildConnector } from 'undici/index.js';
  export default buildConnector;
}

declare module 'undici/lib/api/api-request.js' {
  import type { Dispatcher } from 'undici/index.js';
  /** What undici's root adds to dispatchers as their method. */
  export default function request(
    this: Dispatcher,
    options: Dispatcher.RequestOptions,
  ): Promise<Dispatcher.ResponseData>;
}
