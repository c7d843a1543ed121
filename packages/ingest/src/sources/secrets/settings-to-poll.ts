import { createHash } from 'node:crypto';
import type { SystemSettings } from '../../fetch/feed.ts';
import type { System } from '../system.ts';
import { withoutDefaults } from '../topic.ts';
import { hideSecrets } from './hide-secrets.ts';
import { resolveSecrets } from './resolve-secrets.ts';

/**
 * The settings of a system as it is polled, and what identifies them in notes.
 * @throws SecretMissing
 */
export function settingsToPoll(listed: System, env: NodeJS.ProcessEnv): SystemSettings {
  const hidden = hideSecrets(listed);
  const listedUrl = hidden.discovery_url;
  return { ...resolveSecrets(listed, env), listedUrl, listedHash: hashOf(hidden) };
}

/**
 * Identifies the settings of an entry as velolog.systems holds it: with the names of keys, without the keys, because a
 * short key could be guessed from a hash. The same in every version with other defaults, and in any order of names.
 */
function hashOf(hidden: System): string {
  const text = JSON.stringify(withoutDefaults(hidden), (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
