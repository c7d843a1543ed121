import { createRequire } from 'node:module';

type Prototype = Record<string, unknown>;

/** A method of a kafkajs class that is replaced, because kafkajs has had no release since February 2023. */
export type KafkajsPatch = {
  /** The module of the class below `kafkajs/src`. */
  module: string;
  className: string;
  method: string;
  /** What else of the class the patch depends on. */
  otherMethods?: string[];
  /** Parts of the code of these methods. Without one of them, this is not the kafkajs that the patch was written for. */
  reliedOn: string[];
  replacement(original: unknown): unknown;
};

const patched = new WeakSet<Prototype>();

/**
 * Applies a patch once.
 * @param kafkajsClass another class than the installed one, for tests
 * @returns why the patch was not applied, when this is not the kafkajs that it was written for; undefined when it was applied
 */
export function patchKafkajs(
  patch: KafkajsPatch,
  kafkajsClass: unknown = load(patch.module),
): string | undefined {
  const { module, className, method, otherMethods = [], reliedOn, replacement } = patch;
  const prototype = (kafkajsClass as { prototype?: Prototype } | undefined)?.prototype;
  if (prototype === undefined) return `kafkajs/src/${module} cannot be loaded`;
  if (patched.has(prototype)) return undefined;
  const original = prototype[method];
  if (typeof original !== 'function') return `${className}.${method} is gone`;
  const code = [original, ...otherMethods.map((other) => prototype[other])].join();
  const missing = reliedOn.filter((part) => !code.includes(part));
  if (missing.length > 0) return `${className} no longer uses ${missing.join(', ')}`;
  prototype[method] = replacement(original);
  patched.add(prototype);
  return undefined;
}

function load(module: string): unknown {
  try {
    return createRequire(import.meta.url)(`kafkajs/src/${module}`);
  } catch {
    return undefined;
  }
}
