import { DatabaseSync } from 'node:sqlite';
import { findHome } from './home.ts';
import { releaseLock, takeLock } from './home-lock.ts';

/** The other process of home-lock.test.ts. Orders: `{take: epoch ms}` waits, busily, for that time; `{release: true}`;
 * `{lookForMs}` holds what SQLite's first step holds for so long. */
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
