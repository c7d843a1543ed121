import { effect, signal } from '@preact/signals';
import type { Replay } from '../../../src/api/replay.ts';
import { momentOf, STEPS, stepAt } from '../../model/slider.ts';
import { askForReplay, replayWaits } from '../../state/keep-replay.ts';
import * as state from '../../state/page-state.ts';
import { changeUrl, urlState } from '../../state/url-signal.ts';
import { Sparkline } from '../panel/sparkline.tsx';

/** Simulated minutes per second: a day passes in two minutes, 48 s or 24 s. */
const SPEEDS = [12, 30, 60];
const TICK_MS = 100;

const playing = signal(false);
const speed = signal(30);

/**
 * A slider over the last day or two, or over the time around the moment of a link. The controls are the same whether
 * the window is loaded or not, so that the focus is kept.
 */
export function ReplayBar() {
  const replay = state.shownReplay.value;
  const { at, hours } = urlState.value;
  const isArchive = state.archiveEndMs.value !== null;
  const waits = replay === null && replayWaits.value;
  return (
    <section class="replay" aria-label="Replay" data-testid="replay">
      <button
        type="button"
        class="play"
        aria-disabled={replay === null && !waits}
        onClick={() => (replay === null ? askForReplay() : togglePlaying(replay))}
        aria-label={replay === null ? 'Load the last hours' : playing.value ? 'Pause' : 'Play the last hours'}
      >
        <PlaySign playing={playing.value} />
      </button>
      {replay === null ? <WaitNote waits={waits} /> : <Track replay={replay} at={at} />}
      <div class="replay-tools">
        <label>
          <span class="visually-hidden">Speed</span>
          <select
            value={speed.value}
            onChange={(event) => {
              speed.value = Number(event.currentTarget.value);
            }}
          >
            {SPEEDS.map((one) => (
              <option key={one} value={one}>
                {one} min/s
              </option>
            ))}
          </select>
        </label>
        <label>
          <span class="visually-hidden">Window</span>
          <select
            value={hours}
            onChange={(event) => changeUrl({ hours: event.currentTarget.value === '48' ? 48 : 24, at: null })}
          >
            <option value="24">24 h</option>
            <option value="48">48 h</option>
          </select>
        </label>
        <button type="button" class="to-live" aria-disabled={at === null} onClick={backToLive}>
          {isArchive ? 'End' : 'Live'}
        </button>
      </div>
    </section>
  );
}

function WaitNote({ waits }: { waits: boolean }) {
  const note = waits ? 'With this many stations, history is loaded on request.' : 'Loading history …';
  if (state.trouble.value?.kind === 'refused') return <p class="track replay-note">{state.waitNote.value}</p>;
  return <p class="track replay-note">{state.replayTrouble.value ?? note}</p>;
}

/** Counts in steps of the window: a slider in milliseconds would round a keyboard step back to its start. */
function Track({ replay, at }: { replay: Replay; at: number | null }) {
  const [fromMs, toMs] = [Date.parse(replay.from), Date.parse(replay.to)];
  const { clock } = state;
  return (
    <div class="track">
      <Sparkline fromMs={fromMs} toMs={toMs} atMs={at} gaps={replay.gaps} />
      <input
        type="range"
        min={0}
        max={STEPS}
        step={1}
        value={at === null ? STEPS : stepAt(at, fromMs, toMs)}
        aria-label="Moment shown"
        aria-valuetext={describeMoment(at)}
        onInput={(event) => {
          askForReplay();
          playing.value = false;
          const step = Number(event.currentTarget.value);
          const isNow = step === STEPS && state.replayEndsNow.value;
          changeUrl({ at: isNow ? null : momentOf(step, fromMs, toMs) });
        }}
      />
      <div class="track-ends" aria-hidden="true">
        <span>{clock.value.day(new Date(fromMs))}</span>
        <span>{state.isOfVehiclesOnly.value ? 'vehicles' : 'bikes at stations'}</span>
        <span>
          {state.replayEndsNow.value && state.archiveEndMs.value === null
            ? clock.value.time(new Date(toMs))
            : clock.value.day(new Date(toMs))}
        </span>
      </div>
    </div>
  );
}

function describeMoment(at: number | null): string {
  if (at === null) return state.archiveEndMs.value === null ? 'now' : 'the last recorded state';
  return `${state.clock.value.day(new Date(at))}${state.unobserved.value === null ? '' : ', not observed'}`;
}

function PlaySign({ playing }: { playing: boolean }) {
  return (
    <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
      <path d={playing ? 'M5.5 4h3v12h-3zM11.5 4h3v12h-3z' : 'M6 3.8v12.4L16.5 10z'} />
    </svg>
  );
}

function togglePlaying(replay: Replay): void {
  askForReplay();
  playing.value = !playing.value;
  const { at } = urlState.peek();
  const [fromMs, toMs] = [Date.parse(replay.from), Date.parse(replay.to)];
  if (playing.value && (at === null || stepAt(at, fromMs, toMs) === STEPS)) changeUrl({ at: fromMs });
}

function backToLive(): void {
  playing.value = false;
  if (urlState.peek().at !== null) changeUrl({ at: null });
}

/** Advances the moment while playing; at the end of a window that ends now the page is live again. */
export function runReplay(): void {
  effect(() => {
    if (!playing.value) return;
    const timer = setInterval(() => {
      const { at } = urlState.peek();
      const replay = state.replay.peek();
      if (at === null || replay === null) return;
      const next = at + (speed.peek() * 60_000 * TICK_MS) / 1000;
      if (next < Date.parse(replay.to)) changeUrl({ at: next });
      else if (state.replayEndsNow.peek()) backToLive();
      else playing.value = false;
    }, TICK_MS);
    return () => clearInterval(timer);
  });
}
