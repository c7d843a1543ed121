import * as state from '../state/page-state.ts';
import { urlState } from '../state/url-signal.ts';
import { isWorld } from '../state/world/world-state.ts';
import { AlertNotice } from './alert-notice.tsx';
import { Banner } from './banner.tsx';
import { Header } from './header.tsx';
import { LiveRegion } from './live-region.tsx';
import { NothingRecorded } from './nothing-recorded.tsx';
import { StationPanel } from './panel/station-panel.tsx';
import { SearchAndFilter } from './side/search-and-filter.tsx';
import { Ticker } from './side/ticker.tsx';
import { TotalsStrip } from './side/totals-strip.tsx';
import { SkipLink } from './skip-link.tsx';
import { MapView } from './stage/map-view.tsx';
import { ReplayBar } from './stage/replay-bar.tsx';
import { StationTable } from './stage/station-table.tsx';
import { VehicleTable } from './stage/vehicle-table.tsx';
import { WorldPage } from './world/world-page.tsx';

export function App({ hasWebGl }: { hasWebGl: boolean }) {
  const { station } = urlState.value;
  return (
    <>
      {!state.isNothingRecorded.value && (hasWebGl || !isWorld.value) && <SkipLink hasWebGl={hasWebGl} />}
      <Header />
      <Banner />
      <AlertNotice />
      <main class={station === null ? 'main' : 'main with-panel'}>
        <h1 class="visually-hidden">
          Bikes, docks and vehicles{state.system.value?.name && ` of ${state.system.value.name}`}
        </h1>
        {isWorld.value ? (
          <WorldPage hasWebGl={hasWebGl} />
        ) : state.isNothingRecorded.value ? (
          <NothingRecorded />
        ) : (
          <SystemPage hasWebGl={hasWebGl} />
        )}
        <StationPanel />
      </main>
      <LiveRegion />
    </>
  );
}

function SystemPage({ hasWebGl }: { hasWebGl: boolean }) {
  const { view, system } = urlState.value;
  return (
    <>
      <div class="side">
        <TotalsStrip />
        <SearchAndFilter />
        <Ticker />
        <Credits />
      </div>
      <div class="stage" id="stage" tabIndex={-1}>
        {view === 'map' && !hasWebGl && (
          <p class="no-webgl" role="note" data-testid="no-webgl">
            The map needs WebGL, which this browser does not offer. The table shows the same stations.
          </p>
        )}
        {/* A map belongs to one system: another system gets a new one. */}
        {view === 'map' && hasWebGl ? system && <MapView key={system} /> : <Table />}
        <ReplayBar />
      </div>
    </>
  );
}

/** A system with vehicles only has one table. */
function Table() {
  const isOfVehicles = urlState.value.view === 'vehicles' || state.isOfVehiclesOnly.value;
  return isOfVehicles ? <VehicleTable /> : <StationTable />;
}

function Credits() {
  const system = state.system.value;
  if (system === null) return null;
  const api = `/api/v1/systems/${encodeURIComponent(system.system_id)}`;
  return (
    <footer class="credits">
      {system.operator && (
        <span>
          Data: <bdi>{system.operator}</bdi>
        </span>
      )}
      {system.license_url && (
        <a href={system.license_url} rel="noreferrer">
          licence
        </a>
      )}
      <a href={`${api}/quality.html`}>Quality</a>
      <a href={api}>API</a>
    </footer>
  );
}
