import type { HealthEvent, StationsEvent, VehiclesEvent } from '../../src/api/events.ts';
import { eventsUrl } from './api-client.ts';

export type EventHandlers = {
  stations: (event: StationsEvent) => void;
  /** @param cursor its id, the position of the stream: the event is about no poll of stations */
  vehicles: (event: VehiclesEvent, cursor: string) => void;
  health: (event: HealthEvent) => void;
  /** The stream is open, or it broke and the browser tries again by itself, from the last event it got. */
  connection: (open: boolean) => void;
};

/** A stream that says nothing for so long is taken for dead: some networks drop a connection without a word. */
export const SILENCE_MAX_MS = 120_000;

/**
 * Follows the events of a system from a cursor on, over a connection of its own. The browser resumes a broken connection with Last-Event-ID.
 * Resolves when it cannot: the server refused, or was silent for too long. Whoever calls begins again with a snapshot.
 *
 * @returns whether the stream was ever open
 */
export function followDirectly(
  system: string,
  after: string,
  handlers: EventHandlers,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    let opened = false;
    const source = new EventSource(eventsUrl(system, after));
    let silence: ReturnType<typeof setTimeout>;
    const end = () => {
      clearTimeout(silence);
      source.close();
      resolve(opened);
    };
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(end, SILENCE_MAX_MS);
    };
    source.addEventListener('open', () => {
      opened = true;
      heard();
      handlers.connection(true);
    });
    source.addEventListener('stations', (event: MessageEvent<string>) => {
      heard();
      handlers.stations(JSON.parse(event.data) as StationsEvent);
    });
    source.addEventListener('vehicles', (event: MessageEvent<string>) => {
      heard();
      handlers.vehicles(JSON.parse(event.data) as VehiclesEvent, event.lastEventId);
    });
    source.addEventListener('health', (event: MessageEvent<string>) => {
      heard();
      handlers.health(JSON.parse(event.data) as HealthEvent);
    });
    source.addEventListener('error', () => {
      handlers.connection(false);
      if (source.readyState === EventSource.CLOSED) end();
    });
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    else heard();
  });
}
