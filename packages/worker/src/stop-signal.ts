// Ctrl-C in a terminal reaches the whole process group, and npm forwards it again: a repeat within this time is the same Ctrl-C.
const SAME_CTRL_C_MS = 500;

let stop: AbortController | undefined;

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type StopName = keyof typeof EXIT_CODES;

/** Why the process was stopped, and the exit code of a command that had not finished: 128 + the signal's number, as in shells. */
class Stopped extends DOMException {
  readonly exitCode: number;

  constructor(name: StopName) {
    super(`Stopped by ${name}`, 'AbortError');
    this.exitCode = EXIT_CODES[name];
  }
}

/**
 * Returns a signal that SIGTERM, SIGINT or SIGHUP aborts. A second SIGTERM or SIGINT ends the process at once. Each process has one signal;
 * later calls return the same.
 * A worker under our own supervisor (VELOLOG_SUPERVISED=1) ignores SIGINT, which the supervisor handles. It stops when its standard input
 * closes, because that means that the supervisor died.
 */
export function stopSignal(): AbortSignal {
  if (stop !== undefined) return stop.signal;
  const controller = new AbortController();
  stop = controller;
  const supervised = process.env.VELOLOG_SUPERVISED === '1';
  process.on('SIGTERM', () => stopOrExit(controller, 'SIGTERM'));
  if (supervised) {
    process.on('SIGINT', () => {});
    stopAtEndOfInput(controller);
  } else {
    stopOnCtrlC(controller);
    // The terminal was closed. Supervised workers do not get this signal, because they run in their own sessions.
    process.on('SIGHUP', () => controller.abort(new Stopped('SIGHUP')));
  }
  return controller.signal;
}

/** Whether this process shuts down in order when it gets a stop signal. */
export function canStop(): boolean {
  return stop !== undefined;
}

/** Null until the process has been told to stop. */
export function stopReason(): Stopped | null {
  const reason: unknown = stop?.signal.reason;
  return reason instanceof Stopped ? reason : null;
}

function stopOnCtrlC(controller: AbortController): void {
  let previousAt = Number.NEGATIVE_INFINITY;
  process.on('SIGINT', () => {
    const sinceMs = performance.now() - previousAt;
    previousAt = performance.now();
    if (sinceMs > SAME_CTRL_C_MS) stopOrExit(controller, 'SIGINT');
  });
}

function stopOrExit(controller: AbortController, name: StopName): void {
  if (controller.signal.aborted) process.exit(EXIT_CODES[name]);
  controller.abort(new Stopped(name));
}

function stopAtEndOfInput(controller: AbortController): void {
  const onEnd = () => controller.abort(new DOMException('Stopped: the supervisor is gone', 'AbortError'));
  process.stdin.once('end', onEnd).once('close', onEnd).once('error', onEnd).resume();
  // Waiting for the end of input must not keep a finished worker alive. Pipes have unref, files do not.
  (process.stdin as { unref?: () => void }).unref?.();
}
