import { homeOption } from './home-option.ts';
import type { State, WorkerState } from './state.ts';

/** Says where everything is, for people: first what they open and query, then the parts. */
export function describeState(state: State): string {
  const rows: [string, string][] = [];
  const worker = (name: string) => state.workers.find((one) => one.name === name);
  const live = worker('live');
  const simulator = worker('simulator');
  if (live) rows.push(['live page', `${live.url}/${readiness(live)}`]);
  rows.push([
    'query',
    `npx velolog sql${homeOption(state.home)} "select name, state from api.station_current limit 5"`,
  ]);
  rows.push(['database', state.reader_database_url ?? 'from DATABASE_URL']);
  const login =
    state.kafka_login === null ? '' : `  (login: npx velolog status${homeOption(state.home)} --json)`;
  rows.push(['Kafka', `${state.brokers ?? 'none'}${login}`]);
  for (const one of state.workers) {
    if (one.name !== 'simulator') rows.push(['metrics', `${one.url}/metrics  ${one.name}${readiness(one)}`]);
  }
  if (simulator) rows.push(['feeds', `${simulator.url}/  simulated${readiness(simulator)}`]);
  rows.push(['data', state.home]);
  return align(rows);
}

function readiness({ ready }: WorkerState): string {
  return ready ? '' : '  (not ready)';
}

/** Aligns the values, and leaves out a name that repeats the one above. */
function align(rows: [string, string][]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows
    .map(([name, value], index) => `  ${(rows[index - 1]?.[0] === name ? '' : name).padEnd(width)}  ${value}`)
    .join('\n');
}
