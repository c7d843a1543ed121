/** A failure whose message tells the user what to do. It is shown without a stack trace. */
export class UserError extends Error {
  readonly exitCode: 1 | 2;

  /** @param exitCode 1 = the command failed, 2 = it was used wrongly */
  constructor(message: string, options: ErrorOptions & { exitCode?: 1 | 2 } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? 1;
  }
}
