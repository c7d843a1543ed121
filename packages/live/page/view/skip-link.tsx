import { urlState } from '../state/url-signal.ts';
import { isWorld } from '../state/world/world-state.ts';

/** Whoever goes by keyboard need not pass all that stands beside the map or the table; shown while it has the focus. */
export function SkipLink({ hasWebGl }: { hasWebGl: boolean }) {
  const isMap = hasWebGl && (isWorld.value || urlState.value.view === 'map');
  return (
    // No link: the address holds what is shown, not where in it somebody is.
    <button type="button" class="skip-link" onClick={leadThere}>
      Skip to the {isMap ? 'map' : 'table'}
    </button>
  );
}

/** A table is reached itself: above it stands a choice of what it shows. */
function leadThere(): void {
  const stage = document.getElementById('stage');
  (stage?.querySelector<HTMLElement>('.table-scroll') ?? stage)?.focus();
}
