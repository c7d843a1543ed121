/** A failure whose message alone tells the user what to do: it is shown without a stack trace. */
export class UserError extends Error {
  readonly exitCode: 1 | 2;

  /** @param exitCode 1 = it failed, 2 = it was asked wrongly */
  constructor(message: string, options: ErrorOptions & { exitCode?: 1 | 2 } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? 1;
  }
}
