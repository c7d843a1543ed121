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

/** Each response from Kafka begins with its size in four bytes. */
const SIZE_BYTES = 4;
const patched = new WeakSet<object>();
const connecting = new WeakMap<Connection, Promise<unknown>>();

/**
 * Clears the read buffer of a kafkajs 2.2.4 connection when it reconnects. Without this patch, the first part of a response that a killed
 * broker or the network cut off stays in the buffer, and everything from the new socket is read as its continuation. The results are wrong
 * responses, impossible sizes, "The value of "offset" is out of range", and a consumer that ends or waits forever. The same happens when
 * several requests notice the broken socket at the same time: each opens a socket of its own, and all of them are read as one.
 * kafkajs issues #715, #1374 (open).
 * @returns why the patch was not applied, when this is not the kafkajs that it was written for; undefined when it was applied
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

/** Also stops listening to the old socket: its remaining data, or its end, must not be taken for that of the new one. */
function beginWithNothing(connection: Connection): void {
  connection.socket
    ?.removeAllListeners()
    .on('error', () => {})
    .destroy();
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = SIZE_BYTES;
}

/** Rejects when the socket closes before it is connected: kafkajs does not notice that, so its callers would wait forever. */
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
