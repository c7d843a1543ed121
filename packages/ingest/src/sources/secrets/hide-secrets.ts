import { isSecretHeader, redactUrl } from '../../fetch/redact-url.ts';
import type { System } from '../system.ts';
import { withoutKeys } from './url-keys.ts';

/** The form of a secret that may be written anywhere: the name of an environment variable. */
export const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * The entry as it may be stored in Kafka: keys that systems.json contains in plain text become `***`, and ingest takes
 * them from its own file. References stay.
 */
export function hideSecrets(settings: System): System {
  const headers = Object.entries(settings.headers).map(([name, value]) => [
    name,
    isSecretHeader(name, withoutReferences(value)) ? '***' : value,
  ]);
  return {
    ...settings,
    discovery_url: hideInUrl(settings),
    headers: Object.fromEntries(headers),
  };
}

/** What remains of `Bearer ${NAME}` need not be hidden. */
function withoutReferences(value: string): string {
  const rest = value.replaceAll(REFERENCE, '');
  return rest === value ? value : rest.replace(/^(Bearer|Basic|Token|ApiKey)\s/i, '').trim();
}

function hideInUrl({ discovery_url, secret_parameters = [] }: System): string {
  const redacted = (url: string) => redactUrl(url, { parameters: secret_parameters, values: [] });
  // Every parameter named "key" is hidden, except one that is only a reference.
  const rest = withoutKeys(discovery_url);
  return redacted(rest) === rest ? discovery_url : redacted(discovery_url);
}
