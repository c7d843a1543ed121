import { findHome } from './home.ts';
import { releaseLock, takeLock } from './home-lock.ts';

/** The other process of home-lock.test.ts. Orders: `{take: epoch ms}` waits, busily, for that time; `{release: true}`. */
const home = findHome(process.argv[2], {});

process.on('message', (order: { take?: number; release?: boolean }) => {
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
