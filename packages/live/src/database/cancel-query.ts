import { connect } from 'node:net';
import type { PoolClient } from 'pg';

/** Properties of a pg connection that its types do not contain. */
type Backend = PoolClient & { host: string; port: number; processID: number; secretKey: number };

const CANCEL_REQUEST_CODE = 80_877_102;
const CANCEL_WAIT_MS = 2_000;

/**
 * Tells PostgreSQL to end the running query of a connection: the protocol's CancelRequest, on a separate connection. It
 * needs no privilege and no login, whereas pg_cancel_backend() would need a second session of the role. Resolves when
 * the server has accepted it, and never fails: a query that cannot be cancelled ends by statement_timeout.
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
  // The server closes the connection once it has passed on the request.
  socket.resume().once('close', resolve);
  return promise;
}
