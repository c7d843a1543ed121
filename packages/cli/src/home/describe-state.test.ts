import { expect, test } from 'vitest';
import { describeState } from './describe-state.ts';
import { findHome } from './home.ts';
import { nothingRuns } from './state.ts';

test('of a Kafka that asks for a login it says where that is', () => {
  const state = { ...nothingRuns(findHome('/tmp/trial')), brokers: '127.0.0.1:9092' };
  const login = { mechanism: 'plain', username: 'velolog', password: 'x' } as const;
  const lineOf = (kafka_login: typeof login | null) =>
    describeState({ ...state, kafka_login })
      .split('\n')
      .find((line) => line.includes('Kafka'))
      ?.trim();
  expect(lineOf(login)).toMatch(
    /^Kafka +127\.0\.0\.1:9092 {2}\(login: npx velolog status --home \/tmp\/trial --json\)$/,
  );
  expect(lineOf(null)).toMatch(/^Kafka +127\.0\.0\.1:9092$/);
});
