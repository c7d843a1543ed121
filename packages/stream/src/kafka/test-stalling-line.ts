import { connect, type Socket } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';

/** Connections to Kafka that receive no answers while they are stalled. */
export class StallingLine {
  readonly #sockets = new Set<Socket>();
  readonly #asked = Promise.withResolvers<void>();
  /** Resolves when something is sent while the connections are stalled. */
  readonly asked = this.#asked.promise;
  #isStalled = false;

  client(brokers: string[]): Kafka {
    return new Kafka({
      clientId: 'stalling',
      brokers,
      logLevel: logLevel.NOTHING,
      socketFactory: ({ host, port, onConnect }) => {
        const socket = connect(port, host, onConnect);
        const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
        socket.write = (...args: unknown[]) => {
          if (this.#isStalled) this.#asked.resolve();
          return write(...args);
        };
        this.#sockets.add(socket);
        if (this.#isStalled) socket.pause();
        return socket;
      },
    });
  }

  stall(): void {
    this.#isStalled = true;
    for (const socket of this.#sockets) socket.pause();
  }

  resume(): void {
    this.#isStalled = false;
    for (const socket of this.#sockets) socket.resume();
  }
}
