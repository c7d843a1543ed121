import { leftKafka } from '@velolog/embedded/embedded-kafka';
import { leftPostgres } from '@velolog/embedded/embedded-postgres';
import { describeState } from '../home/describe-state.ts';
import type { Home } from '../home/home.ts';
import { homeOption, waysToStart } from '../home/home-option.ts';
import { readState } from '../home/state.ts';

export async function status(home: Home, { json }: { json: boolean }): Promise<void> {
  const state = await readState(home);
  if (json) return console.log(JSON.stringify(state, null, 2));
  if (!state.running) {
    const left = [leftKafka(home.kafka), leftPostgres(home.postgres)].flatMap((id) => id?.pid ?? []);
    return console.log(
      left.length === 0
        ? `Nothing is running in ${home.path}: ${waysToStart(home.path)} starts it`
        : `The supervisor of ${home.path} was killed, but its servers still run (pids ${left.join(', ')}): the next start takes them over, \`npx velolog down${homeOption(home.path)}\` stops them`,
    );
  }
  const pids = Object.entries(state.pids).map(([name, pid]) => `${name} ${pid}`);
  console.log(`Running (${state.mode})\n${describeState(state)}\n  pids: ${pids.join(', ')}`);
}
