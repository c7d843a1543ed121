import type { FetchFailureCode } from './codes.ts';

/** Why a fetch failed, as a short code that goes into `ce_error`. */
export class FetchFailure extends Error {
  readonly reason: FetchFailureCode;

  constructor(reason: FetchFailureCode, options?: ErrorOptions) {
    super(`Cannot fetch: ${reason}`, options);
    this.name = 'FetchFailure';
    this.reason = reason;
  }
}

const CODES: Record<string, FetchFailureCode> = {
  UND_ERR_CONNECT_TIMEOUT: 'timeout_connect',
  ETIMEDOUT: 'timeout_connect',
  REFUSED_PRIVATE_ADDRESS: 'refused_private_address',
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_reset',
  EPIPE: 'connection_reset',
  UND_ERR_SOCKET: 'connection_reset',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  UND_ERR_HEADERS_OVERFLOW: 'bad_response',
};
const DNS = /^(ENOTFOUND|ENODATA|ESERVFAIL|ETIMEOUT|EFORMERR|EBADNAME|EREFUSED|ENOTIMP|EAI_.+)$/;
const TLS = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/;

type Details = { name?: string; code?: unknown; cause?: unknown; errors?: unknown[] };

/** The code for any error that a request can throw; `network` when no other code fits. */
export function failureCode(error: unknown): FetchFailureCode {
  if (error instanceof FetchFailure) return error.reason;
  const { name, code, cause, errors } = error as Details;
  if (name === 'HTTPParserError') return 'bad_response';
  if (typeof code === 'string') {
    const known = CODES[code];
    if (known !== undefined) return known;
    if (DNS.test(code)) return 'dns';
    if (TLS.test(code)) return 'tls';
  }
  // Several addresses were tried and all failed: the first failure decides.
  const inner = errors?.[0] ?? cause;
  return inner === undefined ? 'network' : failureCode(inner);
}
