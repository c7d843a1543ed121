import { expect, test } from 'vitest';
import { type Ask, failureTeller } from './tell-failures.ts';

type Feed = { name: string; failing: boolean; refused?: boolean; last_error: string | null };

/** What is told at each look, given the feeds as they are then. */
async function told(...looks: Feed[][]): Promise<string[][]> {
  let feeds: Feed[] = [];
  const lines: string[] = [];
  const ask: Ask = async <Row>() => feeds as Row[];
  const tellFailures = failureTeller(ask, (line) => lines.push(line));
  const answers: string[][] = [];
  for (feeds of looks) {
    await tellFailures();
    answers.push(lines.splice(0));
  }
  return answers;
}

const failing = (name: string, last_error = 'dns') => ({ name, failing: true, last_error });
const answering = (name: string) => ({ name, failing: false, last_error: null });

test('a failing feed is reported once, and once more when it answers again', async () => {
  const [first, second, third] = await told(
    [failing('oslo gbfs')],
    [failing('oslo gbfs')],
    [answering('oslo gbfs')],
  );
  expect(first).toEqual([expect.stringMatching(/^no answer: oslo gbfs \(dns: .*is there a network\?\)/)]);
  expect(second).toEqual([]);
  expect(third).toEqual(['answers again: oslo gbfs']);
});

test('an error without an explanation is reported by its code', async () => {
  const [lines] = await told([failing('oslo gbfs', 'http_503')]);
  expect(lines).toEqual([expect.stringContaining('oslo gbfs (http_503)')]);
});

test('polls that the store refuses are told apart from a feed that does not answer', async () => {
  const [lines] = await told([{ ...failing('oslo gbfs', 'fetched_in_future'), refused: true }]);
  expect(lines).toEqual([
    expect.stringMatching(/^not stored: oslo gbfs \(fetched_in_future: the clock of ingest .*\)$/),
  ]);
});

test('a thousand failing feeds are six lines', async () => {
  const [lines] = await told(Array.from({ length: 1000 }, (_, index) => failing(`city-${index} gbfs`)));
  expect(lines).toHaveLength(6);
  expect(lines?.at(-1)).toContain('995 more feeds');
});
