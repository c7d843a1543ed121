import { DatabaseSync } from 'node:sqlite';
import { findHome } from './home.ts';
import { releaseLock, takeLock } from './home-lock.ts';

/** The second process of home-lock.test.ts. Messages: `{take: epoch ms}` busy-waits until that time and takes the lock; `{release: true}`
 * releases it; `{lookForMs}` holds what SQLite's first locking step holds, for that long. */
const home = findHome(process.argv[2], {});

process.on('message', (order: { take?: number; release?: boolean; lookForMs?: number }) => {
  if (order.lookForMs !== undefined) {
    const connection = new DatabaseSync(home.lock);
    connection.exec('begin; select * from sqlite_master');
    setTimeout(() => connection.close(), order.lookForMs);
    process.send?.('looking');
    return;
  }
  if (order.take === undefined) {
    releaseLock(home);
    process.send?.('released');
    return;
  }
  while (Date.now() < order.take);
  try {
    takeLock(home);
    process.send?.('taken');
  } catch (error) {
    process.send?.((error as Error).message);
  }
});
