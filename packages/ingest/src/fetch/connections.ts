/// <reference path="./undici-parts.d.ts" />
// undici is imported by its parts (undici-parts.d.ts), by file path: for the bare name, Bun loads its own undici, which lacks half of
// the API.
import Agent from 'undici/lib/dispatcher/agent.js';
import type { guardedConnector } from './guarded-connect.ts';

/**
 * Connections to publishers, kept open as long as the server allows, at most a minute, so that hundreds of systems need few sockets.
 *
 * Each agent has one connection to each origin. An agent that may have several keeps a queue of 16 kB for every origin, 5 MB for the whole
 * catalogue. A request takes the first agent that is not waiting for its origin, so there are as many agents as requests at once to one host.
 */
export class Connections {
  readonly #connect: ReturnType<typeof guardedConnector>;
  readonly #agents: Agent[] = [];
  /** Agents that are waiting for an answer, by origin. */
  readonly #busy = new Map<string, Set<Agent>>();

  constructor(connect: ReturnType<typeof guardedConnector>) {
    this.#connect = connect;
  }

  /** Runs a request on a connection that no other request uses. */
  async use<T>(origin: string, request: (agent: Agent) => Promise<T>): Promise<T> {
    const busy = this.#busy.get(origin) ?? new Set();
    this.#busy.set(origin, busy);
    const agent = this.#agents.find((one) => !busy.has(one)) ?? this.#add();
    busy.add(agent);
    try {
      return await request(agent);
    } finally {
      busy.delete(agent);
      if (busy.size === 0) this.#busy.delete(origin);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.destroy()));
  }

  #add(): Agent {
    const agent = new Agent({
      connect: this.#connect,
      connections: 1,
      allowH2: false,
      keepAliveMaxTimeout: 60_000,
      // requestOnce has its own timeouts: undici's restart with each byte received.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#agents.push(agent);
    return agent;
  }
}
