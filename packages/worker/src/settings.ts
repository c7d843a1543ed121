import type { z } from 'zod';

/** The environment is not valid. The message has one line per problem, which begins with the variable. */
export class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings';
}

// The values of these are never quoted in a message, because messages end up in logs. A URL may contain a password.
const SECRET = /PASSWORD|SECRET|TOKEN|KEY|UR[IL]/;
const SHOWN_LENGTH_MAX = 80;

/**
 * Reads the environment; the schema's keys are the names of the variables. An empty variable counts as not set,
 * because that is what `NAME=` in an .env file means.
 * @throws InvalidSettings with all problems
 */
export function readSettings<T>(
  schema: z.ZodType<T>,
  env: Record<string, string | undefined> = process.env,
): T {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const { success, data, error } = schema.safeParse(set);
  if (success) return data;
  const problems = error.issues.map((issue) => describe(issue, set));
  throw new InvalidSettings(`Invalid settings:\n${problems.map((line) => `  ${line}`).join('\n')}`, {
    cause: error,
  });
}

/** Combines several errors: lists the problems under their heading, without repetition. */
export function joinInvalid(errors: InvalidSettings[]): InvalidSettings {
  const sections = new Map<string, Set<string>>();
  for (const { message } of errors) {
    const [heading = '', ...problems] = message.split('\n');
    const known = sections.get(heading) ?? new Set();
    for (const problem of problems) known.add(problem);
    sections.set(heading, known);
  }
  return new InvalidSettings(
    Array.from(sections, ([heading, problems]) => [heading, ...problems].join('\n')).join('\n'),
  );
}

function describe({ path, message }: z.core.$ZodIssue, set: Record<string, string | undefined>): string {
  const name = String(path[0] ?? 'environment');
  const value = set[name];
  // zod's own message for a value of the wrong type: "Invalid input: expected number, received NaN".
  const isZodsOwn = message.startsWith('Invalid ');
  if (value === undefined) return `${name}: ${isZodsOwn ? 'is not set' : message}`;
  const expected = message
    .replace(/^(Invalid (input|option)|Too (big|small)): /, '')
    .replace(/, received .*$/, '');
  return SECRET.test(name)
    ? `${name}: ${expected}`
    : `${name}: ${expected} (it is ${JSON.stringify(value.slice(0, SHOWN_LENGTH_MAX))})`;
}
