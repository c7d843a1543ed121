import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { UserError } from '@velolog/worker/user-error';

const OLDEST_JAVA = 17;

export type Java = { command: string; version: string };

/** Finds Java 17 or newer: in JAVA_HOME, else on the PATH. @throws UserError that says what the user can do */
export function findJava(env: NodeJS.ProcessEnv = process.env): Java {
  const command = env.JAVA_HOME ? join(env.JAVA_HOME, 'bin', 'java') : findCommand('java', env);
  if (command === null) throw new UserError(waysOut('Java is not installed'));
  const version = javaVersion(command);
  if (version === null) throw new UserError(waysOut(`${command} does not run`));
  if (Number.parseInt(version, 10) < OLDEST_JAVA) {
    throw new UserError(waysOut(`${command} is Java ${version}, and Kafka needs ${OLDEST_JAVA} or newer`));
  }
  return { command, version };
}

/** Finds Maven. @throws UserError that says what the user can do */
export function findMaven(env: NodeJS.ProcessEnv = process.env): string {
  const command = findCommand('mvn', env);
  if (command === null) throw new UserError(waysOut('Maven, which downloads Kafka once, is not installed'));
  return command;
}

/** Tells the user what to do when the embedded Kafka cannot run. */
export function waysOut(problem: string): string {
  return [
    `Cannot start the embedded Kafka: ${problem}. Three options:`,
    `  1. install Java ${OLDEST_JAVA} or newer and Maven, e.g. on Debian: apt-get install default-jre-headless maven`,
    '  2. run everything in containers: docker compose up',
    '  3. use a Kafka that you have: KAFKA_BROKERS=host:9092',
  ].join('\n');
}

function findCommand(name: string, env: NodeJS.ProcessEnv): string | null {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  return null;
}

/** Returns a version such as "17.0.15". Reads the file `release` of the JDK or JRE first, because `java -version` starts a whole JVM. */
function javaVersion(command: string): string | null {
  try {
    const release = readFileSync(join(dirname(realpathSync(command)), '..', 'release'), 'utf8');
    const stated = /^JAVA_VERSION="([^"]+)"/m.exec(release)?.[1];
    if (stated) return stated;
  } catch {}
  // java -version prints to stderr: `openjdk version "17.0.15" 2025-04-15`, and Java 8 `version "1.8.0_412"`.
  const { stderr } = spawnSync(command, ['-version'], { encoding: 'utf8' });
  return /version "([^"]+)"/.exec(stderr ?? '')?.[1] ?? null;
}
