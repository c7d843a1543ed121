import { useRef } from 'preact/hooks';
import { toCsv, toGeoJson } from '../model/export.ts';
import { plural } from '../model/format.ts';
import { sortStations } from '../model/sort.ts';
import type { Station } from '../model/station.ts';
import * as state from '../state/page-state.ts';
import { urlState } from '../state/url-signal.ts';

/** What is shown, as files: the same stations as in the table, in its order, now or at the replayed moment. */
export function ExportMenu() {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (menu.current === null) return;
    menu.current.open = false;
    menu.current.querySelector('summary')?.focus();
  };
  const save = (format: 'csv' | 'geojson') => {
    const stations = exportedStations();
    if (format === 'csv') saveFile(toCsv(stations), fileName('csv'), 'text/csv');
    else saveFile(JSON.stringify(toGeoJson(stations)), fileName('geojson'), 'application/geo+json');
    close();
  };
  return (
    <details
      ref={menu}
      class="menu"
      onKeyDown={(event) => event.key === 'Escape' && close()}
      onFocusOut={(event) => {
        const to = event.relatedTarget;
        if (menu.current && to instanceof Node && !menu.current.contains(to)) menu.current.open = false;
      }}
    >
      <summary>Export</summary>
      <div class="menu-body">
        <p>
          {plural(state.filteredStations.value.length, 'station')} as shown
          {asOf()}
        </p>
        <button type="button" onClick={() => save('csv')}>
          CSV
        </button>
        <button type="button" onClick={() => save('geojson')}>
          GeoJSON
        </button>
      </div>
    </details>
  );
}

function asOf(): string {
  if (state.replaying.value) return ', at the replayed time';
  const observed = state.observedAt.value;
  if (!state.isStale.value || observed === null) return ', as of now';
  return `, as of ${state.clock.value.day(new Date(observed))}`;
}

export function saveFile(text: string, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A poll that changed nothing is not sent per station; it confirms all that are listed. */
function exportedStations(): Station[] {
  const observed_at = state.observedAt.value;
  const stations = sortStations(state.filteredStations.value, urlState.value.sort);
  if (state.replaying.value || observed_at === null) return stations;
  return stations.map((station) => (station.state === 'absent' ? station : { ...station, observed_at }));
}

function fileName(ending: string): string {
  const at = state.replaying.value ? new Date(urlState.value.at ?? 0).toISOString() : state.observedAt.value;
  const time = (at ?? '').slice(0, 19).replaceAll(':', '-');
  return [urlState.value.system, 'stations', time].filter(Boolean).join('_').concat('.', ending);
}
