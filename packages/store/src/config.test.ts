import { readSettings } from '@velolog/worker/settings';
import { expect, test } from 'vitest';
import { storeSettings } from './config.ts';

const read = (env: Record<string, string>) =>
  readSettings(storeSettings, {
    KAFKA_BROKERS: 'kafka:9092',
    DATABASE_URL: 'postgres://127.0.0.1/velolog',
    ...env,
  });

// A day before the year 1 was refused by PostgreSQL at every run of the chores, long after the start.
test.each(['RETENTION_DAYS', 'VEHICLE_STAY_DAYS'])(
  '%s that leads to no time in the calendar is refused at the start',
  (name) => {
    expect(() => read({ [name]: '999999' })).toThrow(`${name}: expected number to be <=36500`);
    expect(read({ [name]: '36500' })).toMatchObject({ [name]: 36_500 });
  },
);
