import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { SystemsFileVersion } from '@velolog/stream/systems-topic';
import { InvalidSettings } from '@velolog/worker/settings';
import { z } from 'zod';
import { type System, system } from './system.ts';

const systemsFile = z.strictObject({ systems: z.array(system).min(1, 'expected at least one system') });

/** The content of systems.json, and which version of which file it is. */
export type SystemsFile = { systems: System[]; version: SystemsFileVersion };

/** @throws InvalidSettings naming every problem in the file and its place */
export async function readSystemsFile(path: string): Promise<SystemsFile> {
  const systems = await readSystems(path);
  const { mtimeMs } = await stat(path);
  // The path matters only on its own machine, so only a hash of it is used.
  const name = createHash('sha256').update(resolve(path)).digest('hex').slice(0, 16);
  return { systems, version: { name, modifiedAtMs: Math.floor(mtimeMs) } };
}

/** @throws InvalidSettings naming every problem in the file and its place */
export async function readSystems(path: string): Promise<System[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const why =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (cause as Error).message;
    throw new InvalidSettings(`Cannot read the systems to record from ${path}: ${why} (set SYSTEMS_FILE)`, {
      cause,
    });
  }
  return parseSystems(text, path);
}

/** @throws InvalidSettings naming every problem and its place */
export function parseSystems(text: string, path: string): System[] {
  let document: unknown;
  try {
    document = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new InvalidSettings(`${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const result = systemsFile.safeParse(document);
  const problems = [...(result.error?.issues ?? []).flatMap(describe), ...findDuplicates(document)];
  if (result.success && problems.length === 0) return result.data.systems;
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  throw new InvalidSettings(`${path} has ${count}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
}

function describe(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${pathOf([...issue.path, key])}: unknown key`);
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map(({ message }) => `${pathOf(issue.path)}: ${message}`);
  }
  const missing =
    issue.code === 'invalid_type' && issue.input === undefined && /undefined$/.test(issue.message);
  return [`${pathOf(issue.path)}: ${missing ? `is missing (expected ${issue.expected})` : issue.message}`];
}

/** Separate from the schema, because zod checks for duplicates only when nothing else is wrong. */
function findDuplicates(document: unknown): string[] {
  const systems = (document as { systems?: unknown } | null)?.systems;
  if (!Array.isArray(systems)) return [];
  const firstAt = new Map<string, number>();
  return systems.flatMap((entry: unknown, index) => {
    const id = (entry as { id?: unknown } | null)?.id;
    if (typeof id !== 'string') return [];
    const first = firstAt.get(id);
    if (first === undefined) firstAt.set(id, index);
    return first === undefined ? [] : [`systems[${index}].id: "${id}" is already systems[${first}]`];
  });
}

function pathOf(path: readonly PropertyKey[]): string {
  const text = path
    .map((step) =>
      typeof step === 'number'
        ? `[${step}]`
        : /^\w+$/.test(String(step))
          ? `.${String(step)}`
          : `[${JSON.stringify(String(step))}]`,
    )
    .join('')
    .replace(/^\./, '');
  return text === '' ? '(top level)' : text;
}
