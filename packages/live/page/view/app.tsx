import * as state from '../state/page-state.ts';
import { urlState } from '../state/url-signal.ts';
import { Banner } from './banner.tsx';
import { Header } from './header.tsx';
import { LiveRegion } from './live-region.tsx';
import { StationPanel } from './panel/station-panel.tsx';
import { SearchAndFilter } from './side/search-and-filter.tsx';
import { Ticker } from './side/ticker.tsx';
import { TotalsStrip } from './side/totals-strip.tsx';
import { MapView } from './stage/map-view.tsx';
import { ReplayBar } from './stage/replay-bar.tsx';
import { StationTable } from './stage/station-table.tsx';

export function App({ hasWebGl }: { hasWebGl: boolean }) {
  const { view, station, system } = urlState.value;
  return (
    <>
      <Header />
      <Banner />
      <main class={station === null ? 'main' : 'main with-panel'}>
        <h1 class="visually-hidden">
          Bikes and docks{state.system.value?.name && ` of ${state.system.value.name}`}
        </h1>
        <div class="side">
          <TotalsStrip />
          <SearchAndFilter />
          <Ticker />
          <Credits />
        </div>
        <div class="stage">
          {view === 'map' && !hasWebGl && (
            <p class="no-webgl" role="note" data-testid="no-webgl">
              This browser offers no WebGL, which the map needs. The table shows the same stations.
            </p>
          )}
          {/* A map is of one system: another gets a new one. */}
          {view === 'map' && hasWebGl ? system && <MapView key={system} /> : <StationTable />}
          <ReplayBar />
        </div>
        <StationPanel />
      </main>
      <LiveRegion />
    </>
  );
}

function Credits() {
  const system = state.system.value;
  if (system === null) return null;
  return (
    <footer class="credits">
      {system.operator && <span>Data: {system.operator}</span>}
      {system.license_url && (
        <a href={system.license_url} rel="noreferrer">
          licence
        </a>
      )}
      <a href={`/api/v1/systems/${encodeURIComponent(system.system_id)}`}>API</a>
    </footer>
  );
}
