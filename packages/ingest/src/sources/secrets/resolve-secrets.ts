import { readFileSync } from 'node:fs';
import type { SystemSettings } from '../../fetch/feed.ts';
import { type System, system } from '../system.ts';
import { REFERENCE } from './hide-secrets.ts';

/**
 * A system cannot be polled, because something it needs is not in the environment. The message names it, but never a
 * value.
 */
export class SecretMissing extends Error {}

/** The fields where secrets become part of a request. */
const RESOLVED = system.pick({ headers: true, discovery_url: true });

/**
 * Replaces `${NAME}` in the URL, the headers and the client credentials by the environment's value, or by the content
 * of the file that NAME_FILE names.
 * @throws SecretMissing
 */
export function resolveSecrets(settings: System, env: NodeJS.ProcessEnv): SystemSettings {
  const values = new Set<string>();
  const resolve = (text: string, encode: (value: string) => string): string =>
    text.replaceAll(REFERENCE, (_, name: string) => {
      const value = secretNamed(name, env);
      values.add(value);
      return encode(value);
    });
  const headers = Object.fromEntries(
    Object.entries(settings.headers).map(([name, value]) => [name, resolve(value, (text) => text)]),
  );
  const discovery_url = resolve(settings.discovery_url, encodeURIComponent);
  const authentication = settings.authentication && {
    ...settings.authentication,
    client_id: resolve(settings.authentication.client_id, (text) => text),
    client_secret: resolve(settings.authentication.client_secret, (text) => text),
  };
  if (values.size === 0) return settings;
  const { success } = RESOLVED.safeParse({ headers, discovery_url });
  if (!success) throw new SecretMissing('what its references stand for cannot be part of a header or a URL');
  return {
    ...settings,
    headers,
    discovery_url,
    ...(authentication && { authentication }),
    secretValues: [...values],
  };
}

function secretNamed(name: string, env: NodeJS.ProcessEnv): string {
  const value = env[name]?.trim();
  if (value) return value;
  const path = env[`${name}_FILE`]?.trim();
  if (!path) throw new SecretMissing(`neither ${name} nor ${name}_FILE is set`);
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new SecretMissing(
      `the file of ${name}_FILE cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      {
        cause,
      },
    );
  }
  if (text === '') throw new SecretMissing(`the file of ${name}_FILE is empty`);
  return text;
}
