import { effect, signal } from '@preact/signals';
import { askForReplay, replayWaits } from '../state/keep-replay.ts';
import * as state from '../state/page-state.ts';
import { changeUrl, urlState } from '../state/url-signal.ts';
import { Sparkline } from './sparkline.tsx';

/** Of a day, a minute each. */
const STEPS = 1440;
/** Simulated minutes in a second: a day passes in two minutes, 48 s or 24 s. */
const SPEEDS = [12, 30, 60];
const TICK_MS = 100;

const playing = signal(false);
const speed = signal(30);

/** A slider over the last day or two; at its right end is now. */
export function ReplayBar() {
  const replay = state.replay.value;
  const { at, hours } = urlState.value;
  if (replay === null) return <ReplayWaits />;
  const [fromMs, toMs] = [Date.parse(replay.from), Date.parse(replay.to)];
  const stepMs = (toMs - fromMs) / STEPS;
  return (
    <section class="replay" aria-label="Replay" data-testid="replay">
      <button
        type="button"
        class="play"
        onClick={() => togglePlaying(fromMs, toMs)}
        aria-label={playing.value ? 'Pause' : 'Play the last hours'}
      >
        <PlaySign playing={playing.value} />
      </button>
      <div class="track">
        <Sparkline fromMs={fromMs} toMs={toMs} atMs={at} />
        <input
          type="range"
          min={fromMs}
          max={toMs}
          step={stepMs}
          value={at ?? toMs}
          aria-label="Moment shown"
          aria-valuetext={at === null ? 'now' : state.clock.value.day(new Date(at))}
          onInput={(event) => {
            askForReplay();
            playing.value = false;
            const value = Number(event.currentTarget.value);
            changeUrl({ at: value >= toMs - stepMs ? null : Math.round(value / 1000) * 1000 });
          }}
        />
        <div class="track-ends" aria-hidden="true">
          <span>{state.clock.value.day(new Date(fromMs))}</span>
          <span>bikes at stations</span>
          <span>{state.clock.value.time(new Date(toMs))}</span>
        </div>
      </div>
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
        <button type="button" class="to-live" disabled={at === null} onClick={backToLive}>
          Live
        </button>
      </div>
    </section>
  );
}

function ReplayWaits() {
  const waits = replayWaits.value;
  const note = waits
    ? 'The history of so many stations is fetched when you ask for it.'
    : 'History is being fetched …';
  return (
    <section class="replay" aria-label="Replay">
      <button
        type="button"
        class="play"
        disabled={!waits}
        onClick={askForReplay}
        aria-label="Fetch the last hours"
      >
        <PlaySign playing={false} />
      </button>
      <p class="replay-note">{state.replayTrouble.value ?? note}</p>
    </section>
  );
}

function PlaySign({ playing }: { playing: boolean }) {
  return (
    <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
      <path d={playing ? 'M5.5 4h3v12h-3zM11.5 4h3v12h-3z' : 'M6 3.8v12.4L16.5 10z'} />
    </svg>
  );
}

function togglePlaying(fromMs: number, toMs: number): void {
  askForReplay();
  playing.value = !playing.value;
  const { at } = urlState.peek();
  if (playing.value && (at === null || at >= toMs - (toMs - fromMs) / STEPS)) changeUrl({ at: fromMs });
}

function backToLive(): void {
  playing.value = false;
  changeUrl({ at: null });
}

/** Moves the moment while playing; at the end of the window it is live again. */
export function runReplay(): void {
  effect(() => {
    if (!playing.value) return;
    const timer = setInterval(() => {
      const { at } = urlState.peek();
      const replay = state.replay.peek();
      if (at === null || replay === null) return;
      const next = at + (speed.peek() * 60_000 * TICK_MS) / 1000;
      if (next >= Date.parse(replay.to)) backToLive();
      else changeUrl({ at: next });
    }, TICK_MS);
    return () => clearInterval(timer);
  });
}
