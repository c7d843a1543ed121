import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import kafkajs from 'kafkajs';

type Connection = {
  socket?: Socket;
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  isConnected(): boolean;
};

/** Each answer of Kafka begins with its size: four bytes. */
const SIZE_BYTES = 4;
const patched = new WeakSet<object>();
const connecting = new WeakMap<Connection, Promise<unknown>>();

/**
 * Makes a connection of kafkajs 2.2.4 begin with nothing when it connects again. Without it the beginning of an answer that a killed broker,
 * or a network, cut off stays, and all that comes over the new line is read as if it followed: answers of others, sizes out of thin air,
 * "The value of "offset" is out of range", and a consumer that ends or waits for ever. The same comes of requests that find the line broken
 * at the same time: each opens a line of its own, and all are read as one.
 * kafkajs issues #715, #1374 (open).
 * @returns why it was not applied, because kafkajs is another one than the patch was written for; undefined when it was
 */
export function applyConnectionPatch(connectionClass: unknown = loadConnection()): string | undefined {
  const prototype = (connectionClass as { prototype?: Record<string, unknown> } | undefined)?.prototype;
  if (prototype === undefined) return 'kafkajs/src/network/connection cannot be loaded';
  if (patched.has(prototype)) return undefined;
  const original = prototype.connect;
  if (typeof original !== 'function') return 'Connection.connect is gone';
  const source = `${original}${prototype.processData}`;
  const missing = RELIED_ON.filter((part) => !source.includes(part));
  if (missing.length > 0) return `Connection no longer uses ${missing.join(', ')}`;
  prototype.connect = connectOnce(original as (this: Connection) => Promise<unknown>);
  patched.add(prototype);
  return undefined;
}

const RELIED_ON = [
  'this.isConnected()',
  'this.socket = createSocket',
  'this.chunks',
  'this.bytesBuffered',
  'this.bytesNeeded',
];

function connectOnce(original: (this: Connection) => Promise<unknown>) {
  return function connect(this: Connection): Promise<unknown> {
    if (this.isConnected()) return Promise.resolve(true);
    const underWay = connecting.get(this);
    if (underWay !== undefined) return underWay;
    beginWithNothing(this);
    const attempt = Promise.race([original.call(this), closed(this)]).finally(() => connecting.delete(this));
    connecting.set(this, attempt);
    return attempt;
  };
}

/** Nor may the old line be heard any more: what it still brings, or its end, is not that of the new one. */
function beginWithNothing(connection: Connection): void {
  connection.socket
    ?.removeAllListeners()
    .on('error', () => {})
    .destroy();
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = SIZE_BYTES;
}

/** kafkajs does not hear of a line that closes before it is one; those that wait for it would do so for ever. */
function closed({ socket }: Connection): Promise<never> {
  return new Promise((_, reject) => {
    socket?.once('close', () => reject(new kafkajs.KafkaJSConnectionError('Closed before it was connected')));
  });
}

function loadConnection(): unknown {
  try {
    return createRequire(import.meta.url)('kafkajs/src/network/connection');
  } catch {
    return undefined;
  }
}
