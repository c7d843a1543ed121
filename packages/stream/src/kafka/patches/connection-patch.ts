import type { Socket } from 'node:net';
import kafkajs from 'kafkajs';
import { patchKafkajs } from './patch-kafkajs.ts';

type Connection = {
  socket?: Socket;
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  isConnected(): boolean;
};

/** Each response from Kafka begins with its size in four bytes. */
const SIZE_BYTES = 4;
const connecting = new WeakMap<Connection, Promise<unknown>>();

/**
 * Clears the read buffer of a kafkajs 2.2.4 connection when it reconnects. Without this patch, the first part of a response that a killed
 * broker or the network cut off stays in the buffer, and everything from the new socket is read as its continuation. The results are wrong
 * responses, impossible sizes, "The value of "offset" is out of range", and a consumer that ends or waits forever. The same happens when
 * several requests notice the broken socket at the same time: each opens a socket of its own, and all of them are read as one.
 * kafkajs issues #715, #1374 (open).
 * @returns why the patch was not applied, when this is not the kafkajs that it was written for; undefined when it was applied
 */
export function applyConnectionPatch(connectionClass?: unknown): string | undefined {
  return patchKafkajs(
    {
      module: 'network/connection',
      className: 'Connection',
      method: 'connect',
      otherMethods: ['processData'],
      reliedOn: RELIED_ON,
      replacement: (original) => connectOnce(original as (this: Connection) => Promise<unknown>),
    },
    connectionClass,
  );
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
    startEmpty(this);
    const attempt = Promise.race([original.call(this), closed(this)]).finally(() => connecting.delete(this));
    connecting.set(this, attempt);
    return attempt;
  };
}

/** Also stops listening to the old socket: its remaining data, or its end, must not be taken for that of the new one. */
function startEmpty(connection: Connection): void {
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
