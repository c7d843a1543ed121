import type { Palette } from '../model/palette.ts';
import { KINDS, type Kind } from '../model/vehicle/vehicle.ts';
import { BOLT, CROSS, LOW_MARK, type Look, OUTLINES } from '../model/vehicle/vehicle-shape.ts';

const FIELD = 20;
const EDGE = 2;
/** Image pixels per page pixel, so that it is sharp on a phone, too. */
export const ICON_PIXEL_RATIO = 2;

/** The name of the image for a look; the map requests each image that it needs. */
export function iconName({ kind, electric, low, state }: Look): string {
  return [kind, electric ? 'electric' : '', low ? 'low' : '', state].join(' ');
}

/** Null for other names. */
export function readIconName(name: string): Look | null {
  const [kind, electric, low, state] = name.split(' ');
  if (!KINDS.includes(kind as Kind) || state === undefined) return null;
  return {
    kind: kind as Kind,
    electric: electric !== '',
    low: low !== '',
    state: state as Look['state'],
  };
}

export function drawIcon(look: Look, palette: Palette, stale: boolean): ImageData {
  const size = (FIELD + 2 * EDGE) * ICON_PIXEL_RATIO;
  const canvas = document.createElement('canvas');
  canvas.width = size;
  canvas.height = size;
  const context = canvas.getContext('2d');
  if (context === null) return new ImageData(size, size);
  context.scale(ICON_PIXEL_RATIO, ICON_PIXEL_RATIO);
  context.translate(EDGE, EDGE);
  context.lineJoin = 'round';
  const colour = stale || look.state === 'disabled' ? palette.unknown : palette.vehicle;
  const isSolid = look.state === 'available';
  const outline = new Path2D(OUTLINES[look.kind]);
  context.lineWidth = 3.5;
  context.strokeStyle = palette.surface;
  context.stroke(outline);
  context.fillStyle = isSolid ? colour : palette.surface;
  context.fill(outline);
  context.lineWidth = 1.8;
  context.strokeStyle = colour;
  context.stroke(outline);
  if (look.state === 'disabled') context.stroke(new Path2D(CROSS));
  else if (look.electric) {
    context.fillStyle = isSolid ? palette.onVehicle : colour;
    context.fill(new Path2D(BOLT));
  }
  if (look.low) {
    context.beginPath();
    context.arc(LOW_MARK.x, LOW_MARK.y, LOW_MARK.radius, 0, 2 * Math.PI);
    context.fillStyle = stale ? palette.unknown : palette.ramp[0];
    context.strokeStyle = palette.surface;
    context.fill();
    context.stroke();
  }
  return context.getImageData(0, 0, size, size);
}
