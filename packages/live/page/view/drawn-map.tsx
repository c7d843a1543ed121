import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { reloadAfterUpgrade } from '../data/after-upgrade.ts';
import type { Box } from '../map/view/uncovered.ts';

/** Draws a map in the element of `container` until the signal aborts. */
export type StartMap = (container: HTMLElement, signal: AbortSignal) => Promise<void>;

/** Keeps a map while the component is shown. If its files belong to an older version, the page is reloaded. */
export function useDrawnMap(startMap: StartMap): {
  container: RefObject<HTMLDivElement | null>;
  failed: boolean;
} {
  const container = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (container.current === null) return;
    const stop = new AbortController();
    startMap(container.current, stop.signal).catch(async (error: unknown) => {
      if (await reloadAfterUpgrade()) return;
      console.warn('Cannot draw the map:', error);
      setFailed(true);
    });
    return () => stop.abort();
  }, []);
  return { container, failed };
}

const GAP_PX = 12;

/** How far the legend extends into the map from the bottom left corner. */
export function legendOver(map: HTMLElement): { width: number; height: number } | null {
  const legend = map.parentElement?.querySelector('.legend');
  if (!legend) return null;
  const [over, under] = [legend.getBoundingClientRect(), map.getBoundingClientRect()];
  return { width: over.right - under.left + GAP_PX, height: under.bottom - over.top + GAP_PX };
}

/** What may cover a map: the panel of a station, the legend, and on a phone the sticky header. */
export function overMap(): Box[] {
  return [...document.querySelectorAll('.panel, .header, .legend')].map((element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    // A panel that is not yet filled grows to this height.
    const heightMax = Number.parseFloat(getComputedStyle(element).maxHeight) || 0;
    return { left, top: Math.min(top, bottom - heightMax), right, bottom };
  });
}
