import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { fixedMaps } from './dashboards/fixed-maps.ts';
import { dashboards, jsonOf } from './dashboards.ts';
import { GROUND_FILE, ground } from './maps/ground.ts';

/**
 * npm run dashboards writes grafana/dashboards, and the land and water of their maps to grafana/maps.
 * npm run dashboards -- --fixed-maps [--home DIR] writes grafana/dashboards/fixed: a dashboard for each system in the database of
 * READER_DATABASE_URL, or of the pipeline that runs on the home.
 */
const { values } = parseArgs({ options: { 'fixed-maps': { type: 'boolean' }, home: { type: 'string' } } });
const folder = new URL('../dashboards/', import.meta.url);

if (values['fixed-maps']) {
  write(new URL('fixed/', folder), 'grafana/dashboards/fixed', await fixedMaps(await readerUrl(values.home)));
} else {
  write(folder, 'grafana/dashboards', dashboards());
  writeFileSync(new URL(`../${GROUND_FILE}`, import.meta.url), ground());
  console.log(`grafana/${GROUND_FILE}`);
}

/** Writes the dashboards and deletes files in the folder that are no longer generated. */
function write(into: URL, name: string, made: Record<string, Dashboard>): void {
  mkdirSync(into, { recursive: true });
  for (const file of readdirSync(into)) {
    if (file.endsWith('.json') && !(file in made)) rmSync(new URL(file, into));
  }
  for (const [file, dashboard] of Object.entries(made)) {
    writeFileSync(new URL(file, into), jsonOf(dashboard));
    console.log(`${name}/${file}: ${dashboard.title}`);
  }
  if (Object.keys(made).length === 0) console.log('No system with stations in the database yet');
}

async function readerUrl(home: string | undefined): Promise<string> {
  if (process.env.READER_DATABASE_URL) return process.env.READER_DATABASE_URL;
  const { findHome } = await import('@velolog/cli/home/home');
  const { readState } = await import('@velolog/cli/home/state');
  const state = await readState(findHome(home));
  if (state.reader_database_url) return state.reader_database_url;
  console.error('Set READER_DATABASE_URL, or start the pipeline: nothing is running in that home');
  process.exit(1);
}
