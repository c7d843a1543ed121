import type { Map as MapLibreMap } from 'maplibre-gl';

/**
 * Puts a picture of the map in its place while the page is printed. A browser prints a WebGL canvas empty, because its
 * content is gone once it was shown, and the canvas would keep the size that it has on screen.
 */
export function drawForPrint(map: MapLibreMap): void {
  const picture = new Image();
  picture.className = 'map-print';
  picture.alt = '';
  const show = () => {
    map.redraw();
    const canvas = map.getCanvas();
    picture.src = canvas.toDataURL();
    picture.width = canvas.clientWidth;
    map.getContainer().prepend(picture);
  };
  const hide = () => picture.remove();
  addEventListener('beforeprint', show);
  addEventListener('afterprint', hide);
  map.once('remove', () => {
    removeEventListener('beforeprint', show);
    removeEventListener('afterprint', hide);
  });
}
