// Ctrl-C in a terminal reaches the whole process group, and npm forwards it once more: within this time it is the same one.
const SAME_CTRL_C_MS = 500;

let stop: AbortController | undefined;

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type StopName = keyof typeof EXIT_CODES;

/** Why it was stopped, and with which code a command ends that had not finished: 128 + the number of the signal, as shells say it. */
class Stopped extends DOMException {
  readonly exitCode: number;

  constructor(name: StopName) {
    super(`Stopped by ${name}`, 'AbortError');
    this.exitCode = EXIT_CODES[name];
  }
}

/**
 * A signal that is aborted by SIGTERM, SIGINT or SIGHUP; a second one ends the process at once. There is one per process: later calls get
 * the same.
 * A worker under our own supervisor (VELOLOG_SUPERVISED=1) leaves SIGINT to it, and stops when its standard input ends, because
 * then the supervisor died without a word.
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
    // A closed terminal. Workers have none: they are in sessions of their own.
    process.on('SIGHUP', () => controller.abort(new Stopped('SIGHUP')));
  }
  return controller.signal;
}

/** Whether this process stops in order when it is told to. */
export function canStop(): boolean {
  return stop !== undefined;
}

/** null while nobody has told it to stop. */
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
  // A pipe has it, a file has not: waiting for its end must not be what keeps a finished worker alive.
  (process.stdin as { unref?: () => void }).unref?.();
}
