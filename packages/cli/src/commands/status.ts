import { describeState } from '../describe-state.ts';
import type { Home } from '../home.ts';
import { readState } from '../state.ts';

export async function status(home: Home, { json }: { json: boolean }): Promise<void> {
  const state = await readState(home);
  if (json) return console.log(JSON.stringify(state, null, 2));
  if (!state.running)
    return console.log(
      `Nothing runs on ${home.path}: \`npm run demo\`, \`npm start\` or \`npx velolog up\` starts it`,
    );
  const pids = Object.entries(state.pids).map(([name, pid]) => `${name} ${pid}`);
  console.log(`Running (${state.mode})\n${describeState(state)}\n  pids: ${pids.join(', ')}`);
}
