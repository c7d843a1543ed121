import type { HealthEvent, StationsEvent, VehiclesEvent } from '../../src/api/events.ts';
import { eventsUrl } from './api-client.ts';

export type EventHandlers = {
  stations: (event: StationsEvent) => void;
  /**
   * @param cursor the id of the event, which is the position of the stream: the event itself is not about a poll of
   * stations
   */
  vehicles: (event: VehiclesEvent, cursor: string) => void;
  health: (event: HealthEvent) => void;
  /**
   * Called when the stream is open (true), and when it broke and the browser retries by itself from its last event
   * (false).
   */
  connection: (open: boolean) => void;
};

/** A stream that is silent for this long counts as dead: some networks drop a connection without notice. */
export const SILENCE_MAX_MS = 120_000;

/**
 * Follows the events of a system from a cursor on, over its own connection. The browser resumes a broken connection
 * with Last-Event-ID. Resolves when that is impossible: the server refused, or was silent for too long. The caller then
 * begins again with a snapshot.
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
