import type { ComponentChildren } from 'preact';
import { StateMark } from './state-mark.tsx';

/** The meaning of a station circle's colour and sign. @param children signs that not every map has */
export function StateSigns({ children }: { children?: ComponentChildren }) {
  return (
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
      <li title="The feed gives neither bikes nor docks">
        <StateMark state="unknown" share={null} /> unknown
      </li>
      {children}
    </ul>
  );
}

/** From orange to blue: the share of places with a bike. */
export function ShareRamp({ from, to }: { from: string; to: string }) {
  return (
    <>
      <div class="legend-ramp" aria-hidden="true" />
      <p class="legend-ends">
        <span>{from}</span>
        <span>{to}</span>
      </p>
    </>
  );
}
