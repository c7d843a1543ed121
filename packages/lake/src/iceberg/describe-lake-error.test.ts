import { describeError } from '@velolog/worker/describe-error';
import { expect, test } from 'vitest';
import type { CatalogueSettings } from './catalogue-settings.ts';
import { describeLakeError } from './describe-lake-error.ts';

const settings = {
  LAKE_CATALOG_URI: 'http://catalogue:8181',
  LAKE_WAREHOUSE: 's3://lake/velolog',
} as CatalogueSettings;

const reasonOf = (message: string) =>
  (describeError(describeLakeError(new Error(message), settings)) as { reason: string }).reason;

test.each([
  [
    'IO Error: Could not establish connection to http://catalogue:8181/v1/config',
    /does not answer. Nothing is lost/,
  ],
  ['HTTP Error: HTTP GET error on s3://lake (HTTP 403 Forbidden)', /refuses these credentials/],
  ['HTTP Error: NoSuchBucket: The specified bucket does not exist', /There is no such bucket/],
  [
    `IO Error: HTTP 500 ${'of the catalogue '.repeat(30)}\nand a second line`,
    /Does the bucket of LAKE_WAREHOUSE/,
  ],
])('what a catalogue or an object store said is told once, with what to do: %s', (said, told) => {
  const reason = reasonOf(said);
  expect(reason).toMatch(told);
  expect(reason.split(said.slice(0, 30))).toHaveLength(2);
});
