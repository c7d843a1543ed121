import { resolve } from 'node:path';
import type { State } from './state.ts';

/** Where everything is, for people. */
export function describeState(state: State): string {
  const homeOption = state.home === resolve('.velolog') ? '' : ` --home ${state.home}`;
  const rows: [string, string][] = [['home', state.home]];
  for (const { name, url, ready } of state.workers) {
    const path = name === 'simulator' || name === 'live' ? '/' : '/metrics';
    rows.push([name, `${url}${path}${ready ? '' : '  (not ready)'}`]);
  }
  rows.push(['database', state.reader_database_url ?? 'of DATABASE_URL']);
  rows.push(['broker', state.brokers ?? 'none']);
  rows.push([
    'ask it',
    `npx velolog sql${homeOption} "select name, num_bikes_available, state from api.station_current limit 5"`,
  ]);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
}
