// Ctrl-C in a terminal reaches the whole process group, and npm forwards it once more: within this time it is the same one.
const SAME_CTRL_C_MS = 500;

let stop: AbortController | undefined;

/**
 * A signal that is aborted by SIGTERM or SIGINT; a second one ends the process at once. There is one per process: later calls get
 * the same.
 * A worker under our own supervisor (VELOLOG_SUPERVISED=1) leaves SIGINT to it, and stops when its standard input ends, because
 * then the supervisor died without a word.
 */
export function stopSignal(): AbortSignal {
  if (stop !== undefined) return stop.signal;
  const controller = new AbortController();
  stop = controller;
  const supervised = process.env.VELOLOG_SUPERVISED === '1';
  process.on('SIGTERM', () => stopOrExit(controller, 'SIGTERM', 143));
  if (supervised) {
    process.on('SIGINT', () => {});
    stopAtEndOfInput(controller);
  } else {
    stopOnCtrlC(controller);
  }
  return controller.signal;
}

function stopOnCtrlC(controller: AbortController): void {
  let previousAt = Number.NEGATIVE_INFINITY;
  process.on('SIGINT', () => {
    const sinceMs = performance.now() - previousAt;
    previousAt = performance.now();
    if (sinceMs > SAME_CTRL_C_MS) stopOrExit(controller, 'SIGINT', 130);
  });
}

function stopOrExit(controller: AbortController, name: string, exitCode: number): void {
  if (controller.signal.aborted) process.exit(exitCode);
  controller.abort(new DOMException(`Stopped by ${name}`, 'AbortError'));
}

function stopAtEndOfInput(controller: AbortController): void {
  const onEnd = () => controller.abort(new DOMException('Stopped: the supervisor is gone', 'AbortError'));
  process.stdin.once('end', onEnd).once('close', onEnd).once('error', onEnd).resume();
  // A pipe has it, a file has not: waiting for its end must not be what keeps a finished worker alive.
  (process.stdin as { unref?: () => void }).unref?.();
}
