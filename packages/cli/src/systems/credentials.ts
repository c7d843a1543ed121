import { type UrlKey, withKeys } from '@velolog/ingest/sources/secrets/url-keys';
import type { System } from '@velolog/ingest/sources/system';
import { UserError } from '@velolog/worker/user-error';
import type { Command } from 'commander';

/** Credentials for a publisher, as typed on the command line. */
export type CredentialFlags = {
  header: string[];
  key: string[];
  tokenUrl?: string;
  clientId?: string;
  clientSecret?: string;
  scope?: string;
  clientAuthentication?: string;
};

/** Credentials for a publisher. Secrets are references to variables in ingest's environment. */
export type Credentials = {
  headers: Record<string, string>;
  keys?: UrlKey[];
  authentication?: NonNullable<System['authentication']> | undefined;
};

const REFERENCE_ALONE = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;

export function addCredentialOptions(command: Command): Command {
  const collect = (value: string, before: string[]) => [...before, value];
  return command
    .option(
      '--header <header>',
      `a header 'Name: value' to send; write a key as '\${NAME}', from ingest's environment`,
      collect,
      [],
    )
    .option('--key <parameter>', `a key in the URL: 'parameter=\${NAME}'`, collect, [])
    .option('--token-url <url>', 'the OAuth 2.0 token endpoint (client credentials)')
    .option('--client-id <id>', 'the client id for the token')
    .option('--client-secret <reference>', `the client secret: '\${NAME}', from ingest's environment`)
    .option('--scope <scope>', 'the scope of the token, if the server needs one')
    .option('--client-authentication <way>', 'where to send the secret: basic (the default) or body');
}

/** @throws UserError that says how to write it, but never quotes what was written, which may be a secret */
export function parseCredentials(flags: CredentialFlags): Credentials {
  const authentication = parseClient(flags);
  return {
    headers: parseHeaders(flags.header),
    keys: flags.key.map(parseKey),
    ...(authentication && { authentication }),
  };
}

/** `Name: value`, as for curl. */
export function parseHeaders(written: string[]): Record<string, string> {
  return Object.fromEntries(
    written.map((text) => {
      const at = text.indexOf(':');
      if (at < 1)
        throw wrongUse(`--header: expected 'Name: value', such as 'Authorization: Bearer \${MY_TOKEN}'`);
      return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
    }),
  );
}

function parseKey(written: string): UrlKey {
  const at = written.indexOf('=');
  const reference = written.slice(at + 1).trim();
  if (at < 1) throw wrongUse(`--key: expected 'parameter=\${NAME}', such as 'api_key=\${MY_KEY}'`);
  checkReference(reference, '--key', `'parameter=\${NAME}'`);
  return { parameter: written.slice(0, at).trim(), reference };
}

function parseClient(flags: CredentialFlags): Credentials['authentication'] {
  const {
    tokenUrl: token_url,
    clientId: client_id,
    clientSecret: client_secret,
    scope,
    clientAuthentication: way,
  } = flags;
  const parts = [token_url, client_id, client_secret, scope, way];
  if (parts.every((part) => part === undefined)) return undefined;
  if (client_secret !== undefined) checkReference(client_secret, '--client-secret', `'\${NAME}'`);
  if (token_url === undefined || client_id === undefined || client_secret === undefined) {
    throw wrongUse(`A token needs all three of --token-url URL --client-id ID --client-secret '\${NAME}'`);
  }
  if (way !== undefined && way !== 'basic' && way !== 'body')
    throw wrongUse('--client-authentication: expected basic or body');
  return {
    type: 'oauth2',
    token_url,
    client_id,
    client_secret,
    client_authentication: way ?? 'basic',
    ...(scope !== undefined && { scope }),
  };
}

function checkReference(written: string, flag: string, form: string): void {
  if (REFERENCE_ALONE.test(written)) return;
  // Inside double quotes the shell replaces the reference with its value, or with nothing.
  const why =
    written === ''
      ? 'it is empty; a shell replaces an unknown name with nothing'
      : 'everyone could read the secret itself in Kafka';
  throw wrongUse(
    `${flag}: ${why}. Put the secret into the environment of ingest, and write its name, in single quotes: ${flag} ${form}`,
  );
}

/** Whether anything here is secret. A secret may go only to the publisher that issued it. */
export function holdsSecret({ headers, keys = [], authentication }: Credentials): boolean {
  return (
    keys.length > 0 ||
    authentication !== undefined ||
    Object.values(headers).some((value) => value.includes('${'))
  );
}

/** The URL with its keys. */
export function keyedUrl(url: string, { keys = [] }: Credentials): string {
  return withKeys(url, keys);
}

function wrongUse(message: string): UserError {
  return new UserError(message, { exitCode: 2 });
}
