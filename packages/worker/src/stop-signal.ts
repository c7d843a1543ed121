// A signal often goes to a whole process group (Ctrl-C, systemd, timeout), and npm and bin/velolog.js forward it again: a repeat within this time
// is the same signal.
const SAME_SIGNAL_MS = 500;

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
  stopOn('SIGTERM', controller);
  if (supervised) {
    process.on('SIGINT', () => {});
    stopAtEndOfInput(controller);
  } else {
    stopOn('SIGINT', controller);
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

function stopOn(name: StopName & NodeJS.Signals, controller: AbortController): void {
  let countedAt = Number.NEGATIVE_INFINITY;
  process.on(name, () => {
    if (performance.now() - countedAt <= SAME_SIGNAL_MS) return;
    countedAt = performance.now();
    stopOrExit(controller, name);
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
