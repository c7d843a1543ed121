import { formatDuration } from '../model/format.ts';
import type { View } from '../model/url-state.ts';
import * as state from '../state/page-state.ts';
import { theme, toggleTheme } from '../state/theme.ts';
import { changeUrl, urlState } from '../state/url-signal.ts';
import { hasVehicles } from '../state/vehicle-state.ts';
import { isWorld } from '../state/world/world-state.ts';
import { ExportMenu } from './export-menu.tsx';
import { SystemSearch } from './world/system-search.tsx';

export function Header() {
  return (
    <header class="header">
      <a class="brand" href="/" aria-label="Velolog, start page">
        <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
          <circle cx="6" cy="15.5" r="4.5" />
          <circle cx="18" cy="15.5" r="4.5" />
          <path d="M6 15.5 9.5 8h6L18 15.5M9.5 8l3 7.5M8 8h3M15.5 8V5.5h2" />
        </svg>
        <span>Velolog</span>
      </a>
      {(state.systems.value?.length ?? 0) > 1 ? (
        <SystemSearch />
      ) : (
        !state.isNothingRecorded.value && <SystemSwitcher />
      )}
      {state.system.value?.simulated && (
        <span class="tag" title="No real bikes: a simulator made up this city">
          Simulated data
        </span>
      )}
      <span class="spacer" />
      {!isWorld.value && !state.isNothingRecorded.value && (
        <>
          <FreshnessPill />
          <ViewSwitch />
          <ExportMenu />
        </>
      )}
      <button
        type="button"
        class="icon-button"
        onClick={toggleTheme}
        aria-label={theme.value === 'dark' ? 'Use light colours' : 'Use dark colours'}
        title={theme.value === 'dark' ? 'Light' : 'Dark'}
      >
        <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
          {theme.value === 'dark' ? (
            <path d="M10 6.2a3.8 3.8 0 100 7.6 3.8 3.8 0 000-7.6zM10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6 16 16M16 4l-1.4 1.4M5.4 14.6 4 16" />
          ) : (
            <path d="M16.8 12.2A7.2 7.2 0 017.8 3.2a7.2 7.2 0 109 9z" />
          )}
        </svg>
      </button>
    </header>
  );
}

function SystemSwitcher() {
  const systems = state.systems.value ?? [];
  const { system } = urlState.value;
  return (
    <label class="system-switcher">
      <span class="visually-hidden">Bike-share system</span>
      <select
        value={system ?? ''}
        disabled={systems.length === 0}
        onChange={(event) =>
          changeUrl({ system: event.currentTarget.value, station: null, camera: null, at: null })
        }
      >
        {systems.length === 0 && <option value="">{system ?? 'No system yet'}</option>}
        {/* A link may name a system that is not recorded. */}
        {systems.length > 0 && state.system.value === null && <option value={system ?? ''}>{system}</option>}
        {systems.map(({ system_id, name }) => (
          <option key={system_id} value={system_id}>
            {(name ?? system_id).replace(/ \(simulated\)$/, '')}
          </option>
        ))}
      </select>
    </label>
  );
}

const WORDS = {
  unknown: 'No data yet',
  live: 'Live',
  failing: 'Failing',
  overdue: 'Overdue',
  archive: 'Archive',
  offline: 'Reconnecting',
};

/** Always visible: the age of the shown data. */
function FreshnessPill() {
  if (state.replaying.value) {
    const at = new Date(urlState.value.at ?? 0);
    return (
      <span class="pill pill-replay" data-testid="freshness">
        Replay · {state.clock.value.day(at)}
      </span>
    );
  }
  const age = state.ageSeconds.value;
  const words = !state.connected.value && state.loaded.value ? 'offline' : state.freshness.value;
  const until = state.freshness.value === 'archive' ? state.observedAt.value : null;
  return (
    <span class={`pill pill-${words}`} data-testid="freshness" title="Age of the newest data">
      <span class="dot" aria-hidden="true" />
      {WORDS[words]}
      {age !== null && <span class="age"> · {formatDuration(age)}</span>}
      {until !== null && <span class="age"> · {state.clock.value.date(new Date(until))}</span>}
    </span>
  );
}

/** If a system has both, the two tables have separate names. */
function ViewSwitch() {
  const { view } = urlState.value;
  const hasBoth = hasVehicles.value && !state.isOfVehiclesOnly.value;
  const views: [View, string][] = [
    ['map', 'Map'],
    ['table', 'Table'],
    ...(hasBoth ? [['vehicles', 'Vehicles'] satisfies [View, string]] : []),
  ];
  return (
    <fieldset class="segments">
      <legend class="visually-hidden">Show as</legend>
      {views.map(([one, text]) => (
        <label key={one} class={view === one ? 'chosen' : ''}>
          <input type="radio" name="view" checked={view === one} onChange={() => changeUrl({ view: one })} />
          {text}
        </label>
      ))}
    </fieldset>
  );
}
