import type { StationState } from '../../model/station.ts';

export const STATE_NAMES: Record<StationState, string> = {
  ok: 'Has both',
  empty: 'Empty',
  full: 'Full',
  closed: 'Closed',
  absent: 'Not listed',
  unknown: 'Unknown',
  unobserved: 'Not observed',
};

/** The sign of a state as on the map, recognisable by shape and outline, not by colour alone. */
export function StateMark({ state, share = 0.75 }: { state: StationState; share?: number | null }) {
  const step = share === null ? null : Math.round(share * 4);
  return (
    <svg class={`mark mark-${state}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <circle cx="8" cy="8" r="5.5" class={step === null ? 'ramp-unknown' : `ramp-${step}`} />
      {state === 'closed' && <path d="M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4" />}
      {state === 'absent' && <path d="M5.8 8h4.4" />}
      {state === 'unknown' && <path d="M6.3 6.6c0-2.3 3.4-2.2 3.4 0 0 1.4-1.7 1.3-1.7 2.6M8 11v.3" />}
    </svg>
  );
}
