import { Map as MapLibreMap } from 'maplibre-gl';
import { FramePace } from './frame-pace.ts';

/** A wheel ends a move with each notch: the map is sharp again when none follows. */
const REST_MS = 200;

/** A map whose pixels can change while somebody drags it: the library takes a change of size for the end of the drag. */
export class SteadyMap extends MapLibreMap {
  override resize(...more: Parameters<MapLibreMap['resize']>): this {
    if (!this.isMoving()) return super.resize(...more);
    this._resizeInternal();
    this.triggerRepaint();
    return this;
  }
}

/**
 * Keeps the map moving at 30 frames a second where it is drawn in software: while it moves it has fewer pixels, and says so; at rest it has
 * them all. A machine that draws fast enough never gets there.
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
    // What the page does by itself is one step, a change of the pixels among it.
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

/** Only for those who see the map. */
function noteIn(container: HTMLElement): HTMLElement {
  const note = document.createElement('p');
  note.className = 'map-coarse';
  note.textContent = 'Fewer details while the map moves: this browser draws maps slowly.';
  note.ariaHidden = 'true';
  note.hidden = true;
  container.append(note);
  return note;
}
