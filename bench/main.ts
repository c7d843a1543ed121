import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedKafka } from '@velolog/cli/embedded-kafka';
import { startEmbeddedPostgres } from '@velolog/cli/embedded-postgres';
import { benchLatency } from './latency.ts';
import { benchThroughput } from './throughput.ts';
import { benchWindow } from './window.ts';

/**
 * npm run bench [-- --only throughput,latency,window] [--days 1,30,365]: what DESIGN's numbers are measured by, with the baselines
 * in the same run. Ratios travel between machines, absolute numbers do not.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'throughput,latency,window' },
    days: { type: 'string', default: '1,30,365' },
  },
});
const wanted = values.only.split(',');
const home = await mkdtemp(join(tmpdir(), 'velolog-bench-'));
const postgres = await startEmbeddedPostgres({
  directory: join(home, 'postgres'),
  settings: { track_commit_timestamp: 'on', max_wal_size: '4GB' },
});
const kafka = await startEmbeddedKafka({ directory: join(home, 'kafka') });
try {
  const servers = { databaseUrl: postgres.url, brokers: kafka.brokers.join(',') };
  if (wanted.includes('throughput')) {
    const rates = await benchThroughput(servers);
    console.log('stations per CPU second of the process, and as a share of JSON.parse');
    for (const [name, rate] of Object.entries(rates)) {
      console.log(
        `  ${name.padEnd(14)} ${Math.round(rate).toLocaleString('en').padStart(12)}  ${((100 * rate) / (rates['JSON.parse'] ?? 1)).toFixed(1).padStart(6)} %`,
      );
    }
  }
  if (wanted.includes('latency')) {
    const { p50, p99, rows } = await benchLatency(servers);
    console.log(
      `poll to committed row at 100 polls/s: p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms (${rows} rows)`,
    );
  }
  if (wanted.includes('window')) {
    const results = [];
    for (const days of values.days.split(',').map(Number)) results.push(await benchWindow(servers, days));
    console.log('changes of the last 24 h, 250 stations, by days of history');
    for (const { days, rows, windowRows, medianMs, bytesPerChange } of results) {
      const ratio = medianMs / (results[0]?.medianMs ?? medianMs);
      console.log(
        `  ${String(days).padStart(4)} days ${String(rows).padStart(10)} rows: ${windowRows} changes in ${medianMs.toFixed(1)} ms (${ratio.toFixed(2)} of the first), ${bytesPerChange.toFixed(1)} bytes per change`,
      );
    }
  }
} finally {
  await kafka.stop();
  await postgres.stop();
  await rm(home, { recursive: true, force: true });
}
