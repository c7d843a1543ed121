import * as world from '../../state/world/world-state.ts';
import { NearMe } from './near-me.tsx';
import { OperatorList } from './operator-list.tsx';
import { PlaceReplay } from './place-replay.tsx';
import { SystemList } from './system-list.tsx';
import { WorldMapView } from './world-map-view.tsx';
import { WorldTotals } from './world-totals.tsx';

/** The start page if several systems are recorded: all of them on one map, with stations and vehicles when zoomed in. */
export function WorldPage({ hasWebGl }: { hasWebGl: boolean }) {
  return (
    <>
      <div class="side">
        <WorldTotals />
        <NearMe />
        {world.isPlace.value && hasWebGl ? <OperatorList /> : <SystemList />}
        <footer class="credits">
          <a href="/api/v1/systems">API</a>
          <span>Towns: GeoNames</span>
        </footer>
      </div>
      <div class="stage stage-world" id="stage" tabIndex={-1}>
        {hasWebGl ? (
          <>
            <WorldMapView />
            {world.isPlace.value && <PlaceReplay />}
          </>
        ) : (
          <p class="no-webgl" role="note" data-testid="no-webgl">
            The map needs WebGL, which this browser does not offer. The list has the same systems.
          </p>
        )}
      </div>
    </>
  );
}
