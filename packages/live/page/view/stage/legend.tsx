import * as state from '../../state/page-state.ts';
import { StateMark } from '../panel/state-mark.tsx';

/** What the circles mean, in words and in the same drawing. */
export function Legend() {
  return (
    <details class="legend" open={innerWidth > 900}>
      <summary>Legend</summary>
      <div class="legend-body">
        <div class="legend-ramp" aria-hidden="true" />
        <p class="legend-ends">
          <span>few bikes</span>
          <span>few docks</span>
        </p>
        <ul>
          <li>
            <StateMark state="empty" share={0} /> empty
          </li>
          <li>
            <StateMark state="full" share={1} /> full
          </li>
          <li>
            <StateMark state="closed" share={null} /> closed
          </li>
          <li>
            <StateMark state="absent" share={null} /> not listed
          </li>
          <li title="The feed tells neither bikes nor docks">
            <StateMark state="unknown" share={null} /> unknown
          </li>
          {state.unobserved.value !== null && (
            <li>
              <StateMark state="unobserved" share={null} /> not observed
            </li>
          )}
        </ul>
        <p>
          Area: capacity.
          {state.isStale.value && <strong> Grey: the data is old.</strong>}
        </p>
      </div>
    </details>
  );
}
