import { systemName } from '../../model/world/system-place.ts';
import { changeUrl } from '../../state/url-signal.ts';
import * as world from '../../state/world/world-state.ts';

const OFFERED_MAX = 3;

/**
 * Under the map of a place, where one system would have its slider: links to the replays of the largest systems there.
 */
export function PlaceReplay() {
  const here = world.systemsHere.value;
  const largestFirst = world.operatorCounts.value
    .flatMap(({ system_id }) => here.find((system) => system.system_id === system_id) ?? [])
    .slice(0, OFFERED_MAX);
  if (largestFirst.length === 0) return null;
  return (
    <nav class="place-replay" aria-label="Replay and export">
      <span>Replay, table and export of</span>
      {largestFirst.map((system) => (
        <button
          key={system.system_id}
          type="button"
          class="text-button"
          data-replay={system.system_id}
          onClick={() => changeUrl({ system: system.system_id, station: null, of: null, operators: [] })}
        >
          <bdi>{systemName(system)}</bdi>
        </button>
      ))}
    </nav>
  );
}
