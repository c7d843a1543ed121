import '@fontsource-variable/inter/wght.css';
import 'maplibre-gl/dist/maplibre-gl.css';
import 'uplot/dist/uPlot.min.css';
import './styles/page.css';
import { computed, effect } from '@preact/signals';
import { render } from 'preact';
import type { System } from '../src/api/system.ts';
import { getSystems, serverNowMs } from './data/api-client.ts';
import { pause } from './data/pause.ts';
import { followSystem, forgetSystem, troubleOf } from './state/follow-system.ts';
import { keepForecasts } from './state/keep-forecast.ts';
import { keepReplay } from './state/keep-replay.ts';
import { keepVehicleReplay } from './state/keep-vehicle-replay.ts';
import * as state from './state/page-state.ts';
import { applyTheme } from './state/theme.ts';
import { beginWith, followHistory, urlState } from './state/url-signal.ts';
import { keepPlace } from './state/world/keep-place.ts';
import { isWorld } from './state/world/world-state.ts';
import { App } from './view/app.tsx';
import { runReplay } from './view/stage/replay-bar.tsx';

const forever = new AbortController().signal;

applyTheme();
followHistory();
render(<App hasWebGl={hasWebGl2()} />, document.body);
setInterval(() => {
  state.nowMs.value = serverNowMs();
}, 1000);
runReplay();
keepForecasts();
keepReplay();
keepVehicleReplay();
keepPlace();
void loadSystems();

const followed = computed(() => urlState.value.system);
let following: { system: string; stop: AbortController } | null = null;
effect(() => {
  const system = followed.value;
  if (following?.system === system) return;
  following?.stop.abort();
  if (system === null) {
    if (following !== null) forgetSystem();
    following = null;
    return;
  }
  following = { system, stop: new AbortController() };
  void followSystem(system, following.stop.signal);
});

effect(() => {
  const { system } = state;
  document.title = `${system.value?.name ?? 'Velolog'} · bikes, docks and vehicles`;
});

/** Asks until there is a system: the pipeline may have been started just now. */
async function loadSystems(): Promise<void> {
  for (;;) {
    try {
      const { systems } = await getSystems(forever);
      state.systems.value = systems;
      if (urlState.peek().system === null) state.trouble.value = null;
      const [first, ...others] = systems;
      if (urlState.peek().system === null && first && others.length === 0) beginWith(first.system_id);
      await pause(waitMs(systems), forever);
    } catch (error) {
      if (urlState.peek().system === null) state.trouble.value = troubleOf(error);
      await pause(2000, forever);
    }
  }
}

/**
 * The next request comes soon on the map of all systems, and while the name of a system is missing: its feeds arrive in
 * any order.
 */
function waitMs(systems: readonly System[]): number {
  if (systems.length === 0) return 1000;
  return isWorld.peek() || systems.some(({ name }) => name === null) ? 15_000 : 5 * 60_000;
}

function hasWebGl2(): boolean {
  try {
    return document.createElement('canvas').getContext('webgl2') !== null;
  } catch {
    return false;
  }
}
