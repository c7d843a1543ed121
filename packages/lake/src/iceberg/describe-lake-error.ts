import { UserError } from '@velolog/worker/user-error';
import { LakeConflict } from '../lake-sink.ts';
import type { CatalogueSettings } from './catalogue-settings.ts';

const NOTHING_LOST = 'Nothing is lost: the lake worker tries again by itself; a command must be run again';

/** Turns an error of DuckDB, a catalogue or an object store into one message that says what to do. */
export function describeLakeError(error: unknown, settings: CatalogueSettings): unknown {
  if (!(error instanceof Error) || error instanceof UserError || error instanceof LakeConflict) return error;
  const text = error.message;
  const said = text.split('\n')[0]?.slice(0, 300);
  const fail = (message: string) => new UserError(`${message} (${said})`, { cause: error });
  if (/\b409\b|Conflict_409|CommitFailed|requirement failed|has changed/i.test(text)) {
    return new LakeConflict(`Another commit came first: ${said}`, { cause: error });
  }
  if (/NoSuchBucket|bucket does not exist/i.test(text))
    return fail(
      `There is no such bucket for ${settings.LAKE_WAREHOUSE}: create it, or correct LAKE_WAREHOUSE. Nothing was written`,
    );
  if (
    /\b40[13]\b|Forbidden|Unauthorized|InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|Authentication/i.test(
      text,
    )
  )
    return fail(
      'The catalogue or the object store refuses these credentials: check LAKE_S3_ACCESS_KEY_ID, LAKE_S3_SECRET_ACCESS_KEY and LAKE_CATALOG_TOKEN. Nothing was written',
    );
  // This is all that a catalogue reports about a missing bucket.
  if (/HTTP 500\b/.test(text))
    return fail(
      `The catalogue ${settings.LAKE_CATALOG_URI} failed. Does the bucket of LAKE_WAREHOUSE (${settings.LAKE_WAREHOUSE}) exist, and does its object store answer? Its log says more. ${NOTHING_LOST}`,
    );
  if (/connect|timed? ?out|resolve host|refused|Connection|IO Error.*HTTP|\b50[0-4]\b/i.test(text))
    return fail(
      `The catalogue ${settings.LAKE_CATALOG_URI} or its object store does not answer. ${NOTHING_LOST}`,
    );
  return error;
}
