import { existsSync } from 'node:fs';
import { dropLibpq } from '@velolog/embedded/child-environment';
import { isOurMistake } from '@velolog/worker/describe-error';
import { printableLines } from '@velolog/worker/printable';
import { InvalidSettings } from '@velolog/worker/settings';
import { canStop, stopReason } from '@velolog/worker/stop-signal';
import { UserError } from '@velolog/worker/user-error';
import { CommanderError } from 'commander';
import { askWorkersDirectly } from './home/direct-requests.ts';
import { program } from './program.ts';

for (const stream of [process.stdout, process.stderr]) stream.on('error', onOutputError);
if (existsSync('.env')) process.loadEnvFile('.env');
// libpq's variables would name a PostgreSQL that nobody asked for. They stay only with a URL, which may take its password from PGPASSWORD.
if (!process.env.DATABASE_URL && !process.env.READER_DATABASE_URL) dropLibpq(process.env);
askWorkersDirectly(process.env);
try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
await written();
// An idle connection must not keep a finished command alive.
process.exit();

/** Waits until all output is written: a pipe takes it only as fast as its reader reads, and process.exit() would discard the rest. */
async function written(): Promise<void> {
  const ends = [process.stdout, process.stderr].map((stream) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    // The callback runs when everything before it has been written or has failed.
    stream.write('', () => resolve());
    return promise;
  });
  await Promise.all(ends);
}

/** EPIPE means that the reader of our output, such as `| head`, has had enough: stop in order, without a message. Other errors, such as a full disk, are failures. */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') {
    process.stderr.write(`velolog: cannot write the output: ${error.message}\n`, () => process.exit(1));
  } else if (!canStop()) {
    process.exit(0);
  } else if (stopReason() === null) {
    process.kill(process.pid, 'SIGTERM');
  }
}

/** Prints what went wrong, with the stack only when the mistake is ours. @returns the exit code: 1 failed, 2 wrong use */
function report(error: unknown): number {
  // Commander has already printed its message or the help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const stopped = stopReason();
  if (stopped !== null && error instanceof Error && error.name === 'AbortError') {
    process.stderr.write(`velolog: ${stopped.message} before the command was done\n`);
    return stopped.exitCode;
  }
  const expected = error instanceof UserError || error instanceof InvalidSettings;
  const text = error instanceof Error ? (isOurMistake(error) ? error.stack : messages(error)) : String(error);
  process.stderr.write(`velolog: ${printableLines(text ?? '')}\n`);
  return expected && 'exitCode' in error ? error.exitCode : error instanceof InvalidSettings ? 2 : 1;
}

function messages(error: Error): string {
  // A message written for the user already says everything: do not add its cause.
  const isWhole = error instanceof UserError || error instanceof InvalidSettings;
  const cause = error.cause instanceof Error && !isWhole ? error.cause.message : '';
  return cause && !error.message.includes(cause) ? `${error.message}: ${cause}` : error.message;
}
