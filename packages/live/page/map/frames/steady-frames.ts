import { Map as MapLibreMap } from 'maplibre-gl';
import { FramePace } from './frame-pace.ts';

/** A wheel ends a move with each notch, so the map becomes sharp again only if none follows. */
const REST_MS = 200;

/** A map whose pixels can change during a drag: the library would treat a change of size as the end of the drag. */
export class SteadyMap extends MapLibreMap {
  override resize(...more: Parameters<MapLibreMap['resize']>): this {
    if (!this.isMoving()) return super.resize(...more);
    this._resizeInternal();
    this.triggerRepaint();
    return this;
  }
}

/**
 * Keeps a map that is rendered in software at 30 frames a second: it has fewer pixels while it moves, says so, and has
 * them all at rest. It does nothing on a machine that is fast enough.
 */
export function keepFramesSteady(map: SteadyMap): void {
  const pace = new FramePace();
  const note = noteIn(map.getContainer());
  let request: number | null = null;
  let resting: ReturnType<typeof setTimeout> | undefined;
  let shown = 1;

  const show = (share: number) => {
    note.hidden = share === 1;
    if (share === shown) return;
    shown = share;
    map.setPixelRatio(share * devicePixelRatio);
  };
  const follow = (beforeMs: number) => {
    request = requestAnimationFrame((nowMs) => {
      if (pace.frame(nowMs - beforeMs)) show(pace.share);
      follow(nowMs);
    });
  };
  const stop = () => {
    if (request !== null) cancelAnimationFrame(request);
    request = null;
    clearTimeout(resting);
  };
  map.on('movestart', ({ originalEvent }) => {
    // A move by the page itself is a single step; a change of the pixels causes one, too.
    if (!originalEvent || request !== null) return;
    clearTimeout(resting);
    pace.begin();
    show(pace.share);
    follow(performance.now());
  });
  map.on('moveend', () => {
    if (request === null) return;
    stop();
    pace.end();
    resting = setTimeout(() => show(1), REST_MS);
  });
  map.once('remove', stop);
}

/** Hidden from screen readers: it concerns only users who see the map. */
function noteIn(container: HTMLElement): HTMLElement {
  const note = document.createElement('p');
  note.className = 'map-coarse';
  note.textContent = 'Fewer details while the map moves: this browser draws maps slowly.';
  note.ariaHidden = 'true';
  note.hidden = true;
  container.append(note);
  return note;
}
