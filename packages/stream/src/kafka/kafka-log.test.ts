import kafkajs from 'kafkajs';
import { beforeEach, expect, test } from 'vitest';
import { kafkaLogCreator, type LogLevel } from './kafka-log.ts';

const { logLevel } = kafkajs;
type Event = { level: LogLevel; message: string; details: Record<string, unknown> };

let events: Event[];
let write: (level: number, message: string, details?: Record<string, unknown>) => void;

beforeEach(() => {
  events = [];
  const entry = kafkaLogCreator((level, message, details) => events.push({ level, message, details }))();
  write = (level, message, details = {}) => {
    const log = { message, timestamp: '2026-11-22T10:00:00Z', logger: 'kafkajs', ...details };
    entry({ namespace: 'Connection', level, label: 'ANY', log } as unknown as Parameters<typeof entry>[0]);
  };
});

test('events of every start or rebalance are not logged as errors', () => {
  write(logLevel.ERROR, 'Response GroupCoordinator(key: 10, version: 2)', {
    error: 'The group coordinator is not available',
  });
  write(logLevel.ERROR, 'Response InitProducerId(key: 22, version: 1)', {
    error: 'The coordinator is loading and hence can not process requests for this group',
  });
  write(logLevel.ERROR, 'Response Heartbeat(key: 12, version: 3)', {
    error: 'The group is rebalancing, so a rejoin is needed',
  });
  expect(events.map(({ level }) => level)).toEqual(['debug', 'debug', 'debug']);
});

test('a retry of kafkajs is a warning, and giving up an error', () => {
  write(logLevel.ERROR, 'Connection error: connect ECONNREFUSED 127.0.0.1:9092', { stack: 'Error: …' });
  write(logLevel.ERROR, 'Crash: KafkaJSNonRetriableError: no', { groupId: 'velolog-store' });
  write(logLevel.ERROR, 'SASL PLAIN authentication failed: Authentication failed');
  write(logLevel.INFO, 'Consumer has joined the group');
  expect(events.map(({ level }) => level)).toEqual(['warn', 'error', 'error', 'info']);
});

test('an event says which part it comes from, without stack and time of its own', () => {
  write(logLevel.ERROR, 'Connection error: closed', { broker: 'a:1', stack: 'Error: …' });
  expect(events).toEqual([
    {
      level: 'warn',
      message: 'kafka: Connection error: closed',
      details: { part: 'Connection', broker: 'a:1' },
    },
  ]);
});

test('the same event is not repeated while it goes on', () => {
  for (let times = 0; times < 50; times += 1) write(logLevel.ERROR, 'Connection error: closed');
  write(logLevel.ERROR, 'Connection timeout');
  expect(events.map(({ message }) => message)).toEqual([
    'kafka: Connection error: closed',
    'kafka: Connection timeout',
  ]);
});
