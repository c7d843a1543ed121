import { execFileSync } from 'node:child_process';
import { expect, test, vi } from 'vitest';
import { homeOption, shellWord } from './home-option.ts';

test.each(['/home/me/.velolog', '/a b', "/it's", '/pay $HOME `id` \\ "q"', '/größe', '-n'])(
  'a shell reads the folder %s back as it is',
  (folder) => {
    expect(execFileSync('sh', ['-c', `printf %s. ${shellWord(folder)}`], { encoding: 'utf8' })).toBe(
      `${folder}.`,
    );
  },
);

test('a command needs no --home for the home that it takes by itself', () => {
  vi.stubEnv('VELOLOG_HOME', '/srv/velolog');
  try {
    expect([homeOption('/srv/velolog'), homeOption('/tmp/a b')]).toEqual(['', " --home '/tmp/a b'"]);
  } finally {
    vi.unstubAllEnvs();
  }
});
