import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { StationDetail } from '../../../src/api/station.ts';
import { getStation } from '../../data/api-client.ts';

const found = signal<Pick<StationDetail, 'station_id' | 'rental_uris'> | null>(null);

const LABELS = { web: 'Rent on the web', android: 'Android app', ios: 'iOS app' } as const;

/** Where to rent at a station, if its feed says so. The server has left out anything that is not a link. */
export function RentalLinks({ system, station }: { system: string; station: string }) {
  useEffect(() => {
    found.value = null;
    const stop = new AbortController();
    getStation(system, station, stop.signal).then(
      (detail) => {
        found.value = detail;
      },
      // The panel works without links.
      () => {},
    );
    return () => stop.abort();
  }, [system, station]);
  const uris = found.value?.station_id === station ? found.value.rental_uris : null;
  if (uris === null) return null;
  return (
    <p class="offer-notes" data-testid="rental-links">
      {(['web', 'android', 'ios'] as const).map((kind) => {
        const href = uris[kind];
        return (
          href !== null && (
            <a key={kind} href={href} target="_blank" rel="noopener noreferrer">
              {LABELS[kind]}
            </a>
          )
        );
      })}
    </p>
  );
}
