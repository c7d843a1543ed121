import { existsSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { ensureKafkaJars } from './kafka-jars.ts';

test.runIf(existsSync('/proc/self'))(
  'a folder for the download that cannot be made is named, with the setting for another one',
  async () => {
    vi.stubEnv('VELOLOG_CACHE', '/proc/nowhere/velolog');
    try {
      await expect(ensureKafkaJars({ command: 'java', version: '17' })).rejects.toThrow(
        /^Cannot make the folder for the downloaded Kafka: .*\/proc\/nowhere.*Set VELOLOG_CACHE/,
      );
    } finally {
      vi.unstubAllEnvs();
    }
  },
);
