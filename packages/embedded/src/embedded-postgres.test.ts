import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startEmbeddedPostgres } from './embedded-postgres.ts';

test('a server that serves the folder is adopted; one that ends just now, though its file says ready, is waited for', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'velolog-postgres-'));
  // As root, PostgreSQL runs as another user and must be able to pass.
  chmodSync(directory, 0o755);
  const first = await startEmbeddedPostgres({ directory, settings: { fsync: 'off' } });
  let last = first;
  try {
    const again = await startEmbeddedPostgres({ directory });
    expect([again.pid, again.adopted]).toEqual([first.pid, true]);

    process.kill(first.pid, 'SIGSTOP');
    const starting = startEmbeddedPostgres({ directory, settings: { fsync: 'off' } });
    first.kill();
    last = await starting;
    expect(last.adopted).toBe(false);
    expect([first.isRunning(), last.isRunning()]).toEqual([false, true]);
  } finally {
    last.kill();
    rmSync(directory, { recursive: true, maxRetries: 50 });
  }
});
