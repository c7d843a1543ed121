import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const velolog = fileURLToPath(new URL('../../bin/velolog.js', import.meta.url));

type Result = { code: number; stdout: string; stderr: string };

/** Runs `velolog forecast evaluate` to its end. */
export function evaluate(...args: string[]): Promise<Result> {
  const { promise, resolve } = Promise.withResolvers<Result>();
  execFile(process.execPath, [velolog, 'forecast', 'evaluate', ...args], (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
  });
  return promise;
}
