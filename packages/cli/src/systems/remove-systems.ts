import { printable, printableJson, printableLines } from '@velolog/worker/printable';
import { stopSignal } from '@velolog/worker/stop-signal';
import { UserError } from '@velolog/worker/user-error';
import type { Home } from '../home/home.ts';
import { homeOption } from '../home/home-option.ts';
import type { Mode } from '../home/state.ts';
import { openRecordedSystems } from './recorded-systems.ts';
import { similarId } from './similar-id.ts';

/** Stops polling these systems. What was recorded stays. */
export async function removeSystems(home: Home, ids: string[], { json }: { json: boolean }): Promise<void> {
  const recorded = await openRecordedSystems(home, stopSignal());
  const unknown = ids.filter((id) => !recorded.entries.has(id));
  if (unknown.length > 0) {
    const known = [...recorded.entries.keys()];
    const lines = unknown.map((id) => {
      const meant = similarId(id, known);
      return `${id} is not recorded${meant === null ? '' : `; did you mean ${meant}?`}`;
    });
    const list = `npx velolog systems list${homeOption(home.path)} shows what is recorded`;
    throw new UserError([...lines, `Nothing was removed; ${list}`].join('\n'));
  }
  const removed = [...new Set(ids)].flatMap((id) => recorded.entries.get(id) ?? []);
  await recorded.remove(removed.map(({ id }) => id));
  for (const { id, source } of removed) {
    if (!json) console.log(printable(`Removed ${id}: it is no longer polled; its history stays`));
    if (source === 'file') process.stderr.write(`${printableLines(comesBack(id, recorded.state.mode))}\n`);
  }
  if (json) console.log(printableJson({ removed }));
}

/** An entry of the file that ingest applies at its start. */
function comesBack(id: string, mode: Mode | null): string {
  if (mode === 'demo') return `${id} is the simulated city: it comes back when the demo starts again`;
  const { SYSTEMS_FILE } = process.env;
  return `${id} is also in ${SYSTEMS_FILE || 'systems.json'}: remove it there, or it comes back when ingest starts again`;
}
