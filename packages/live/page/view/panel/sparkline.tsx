import { computed } from '@preact/signals';
import type { Gap } from '../../../src/api/history.ts';
import * as state from '../../state/page-state.ts';

const WIDTH = 1000;
const HEIGHT = 40;

/** A line for each observed stretch; none through a gap. */
const path = computed(() => {
  const bikes = state.countInWindow.value ?? [];
  const known = bikes.filter((count) => count !== null);
  if (known.length < 2) return '';
  const least = Math.min(...known);
  // The least span of the scale: a quiet night must not look like a storm.
  const span = Math.max(Math.max(...known) - least, 0.1 * Math.max(...known), 1);
  let pen = 'M';
  return bikes
    .map((count, index) => {
      if (count === null) {
        pen = 'M';
        return '';
      }
      const x = ((index + 1) / bikes.length) * WIDTH;
      const y = HEIGHT - 3 - ((count - least) / span) * (HEIGHT - 6);
      const point = `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
      pen = 'L';
      return point;
    })
    .join('');
});

type SparklineProps = { fromMs: number; toMs: number; atMs: number | null; gaps: readonly Gap[] };

/** All bikes at stations over the window, under the slider. Unobserved time is shaded. */
export function Sparkline({ fromMs, toMs, atMs, gaps }: SparklineProps) {
  const xOf = (ms: number) => Math.min(1, Math.max(0, (ms - fromMs) / (toMs - fromMs))) * WIDTH;
  const x = atMs === null ? WIDTH : xOf(atMs);
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {gaps.map(({ from_at, to_at }) => (
        <rect
          key={from_at}
          class="gap"
          x={xOf(Date.parse(from_at))}
          width={xOf(Date.parse(to_at)) - xOf(Date.parse(from_at))}
          height={HEIGHT}
        />
      ))}
      <path d={path.value} vector-effect="non-scaling-stroke" />
      <path class="moment" d={`M${x} 0V${HEIGHT}`} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
