import type { System } from '../../../src/api/system.ts';
import { plural } from '../../model/format.ts';
import type { OperatorCount } from '../../model/world/placed.ts';
import { STANDING_NAMES, standingOf, systemName } from '../../model/world/system-place.ts';
import * as state from '../../state/page-state.ts';
import { changeUrl, urlState } from '../../state/url-signal.ts';
import * as world from '../../state/world/world-state.ts';
import { StandingMark, SystemMark } from './system-mark.tsx';

/** The operators at the place: each can be shown alone, and has its own page. */
export function OperatorList() {
  const counts = world.operatorCounts.value;
  // Clusters do not say whose they are, so the systems that overlap the place are listed instead.
  const listed: OperatorCount[] =
    counts.length > 0
      ? counts
      : world.systemsHere.value.map(({ system_id }) => ({ system_id, stations: 0, vehicles: 0 }));
  const { operators } = urlState.value;
  return (
    <section class="ticker" aria-label="Operators here">
      <h2>{plural(listed.length, 'operator')} here</h2>
      {operators.length > 0 && (
        <p class="filter-result">
          <button type="button" class="text-button" onClick={() => changeUrl({ operators: [] })}>
            Show all
          </button>
        </p>
      )}
      <ol>
        {listed.map((count) => (
          <li key={count.system_id} class="operator">
            <Operator count={count} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Operator({ count: { system_id, stations, vehicles } }: { count: OperatorCount }) {
  const { operators } = urlState.value;
  const system = world.placeStations.value?.systems.find((one) => one.system_id === system_id);
  const whole = state.systems.value?.find((one) => one.system_id === system_id);
  const name = systemName(system ?? { system_id, name: null });
  // What the place tells is newer.
  const shown = whole && system && { ...whole, ...system };
  const isPressed = operators.includes(system_id);
  const toggle = () =>
    changeUrl({
      operators: isPressed ? operators.filter((one) => one !== system_id) : [...operators, system_id],
    });
  const parts = [
    stations > 0 ? plural(stations, 'station') : '',
    vehicles > 0 ? plural(vehicles, 'vehicle') : '',
    shown === undefined ? '' : lateNote(shown),
    system?.simulated ? 'simulated' : '',
  ];
  return (
    <>
      <button
        type="button"
        class="line world-line"
        aria-pressed={isPressed}
        data-operator={system_id}
        onClick={toggle}
      >
        {shown === undefined ? <StandingMark standing="unseen" /> : <SystemMark system={shown} />}
        <span class="line-name" dir="auto">
          {name}
        </span>
        <span class="line-note">{parts.filter(Boolean).join(' · ')}</span>
      </button>
      <button
        type="button"
        class="text-button"
        aria-label={`Open ${name}`}
        onClick={() => changeUrl({ system: system_id, station: null, of: null, operators: [] })}
      >
        Open
      </button>
    </>
  );
}

function lateNote(system: System): string {
  const standing = standingOf(system);
  if (standing === 'current') return '';
  const at = system.last_observed_at;
  return at === null
    ? STANDING_NAMES.unseen
    : `${STANDING_NAMES[standing]}, last seen ${state.clock.value.day(new Date(at))}`;
}
