import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellWord } from './describe-state.ts';

test.each(['/home/me/.velolog', '/a b', "/it's", '/pay $HOME `id` \\ "q"', '/größe', '-n'])(
  'a shell reads the folder %s back as it is',
  (folder) => {
    expect(execFileSync('sh', ['-c', `printf %s. ${shellWord(folder)}`], { encoding: 'utf8' })).toBe(
      `${folder}.`,
    );
  },
);
