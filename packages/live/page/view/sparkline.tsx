import { computed } from '@preact/signals';
import * as state from '../state/page-state.ts';

const WIDTH = 1000;
const HEIGHT = 40;

const path = computed(() => {
  const bikes = state.bikesInWindow.value ?? [];
  const known = bikes.filter((count) => count !== null);
  if (known.length < 2) return '';
  const least = Math.min(...known);
  // A quiet night must not look like a storm.
  const span = Math.max(Math.max(...known) - least, 0.1 * Math.max(...known), 1);
  const points = bikes.flatMap((count, index) => {
    if (count === null) return [];
    const x = ((index + 1) / bikes.length) * WIDTH;
    const y = HEIGHT - 3 - ((count - least) / span) * (HEIGHT - 6);
    return [`${x.toFixed(1)} ${y.toFixed(1)}`];
  });
  return `M${points.join('L')}`;
});

/** All bikes at stations over the window: the breath of a city, under the slider. */
export function Sparkline({ fromMs, toMs, atMs }: { fromMs: number; toMs: number; atMs: number | null }) {
  const x = atMs === null ? WIDTH : ((atMs - fromMs) / (toMs - fromMs)) * WIDTH;
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={path.value} vector-effect="non-scaling-stroke" />
      <path class="moment" d={`M${x} 0V${HEIGHT}`} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
