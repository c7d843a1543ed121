import { connect } from 'node:net';
import type { PoolClient } from 'pg';

/** What pg knows of a connection and does not put into its types. */
type Backend = PoolClient & { host: string; port: number; processID: number; secretKey: number };

const CANCEL_REQUEST_CODE = 80_877_102;
const CANCEL_WAIT_MS = 2_000;

/**
 * Tells PostgreSQL to end what a connection is asking: the protocol's CancelRequest, on a connection of its own. It needs no
 * right and no login, where pg_cancel_backend() would need a second session of the role. Resolves when the server
 * has taken it, and never fails: a query that cannot be cancelled ends by statement_timeout.
 */
export function cancelQuery(client: PoolClient): Promise<void> {
  const { host, port, processID, secretKey } = client as Backend;
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port });
  socket.setTimeout(CANCEL_WAIT_MS, () => socket.destroy());
  socket.once('connect', () => {
    const request = Buffer.alloc(16);
    [16, CANCEL_REQUEST_CODE, processID, secretKey].forEach((value, index) => {
      request.writeInt32BE(value, 4 * index);
    });
    socket.write(request);
  });
  socket.on('error', () => {});
  // The server closes the connection once it has passed the request on.
  socket.resume().once('close', resolve);
  return promise;
}
