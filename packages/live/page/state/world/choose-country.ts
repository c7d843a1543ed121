import { ofCountry, reachOf } from '../../model/world/country.ts';
import { systems } from '../page-state.ts';
import { changeUrl } from '../url-signal.ts';
import * as world from './world-state.ts';

/** Shows only the systems of a country, and all of these; null shows every country again. */
export function chooseCountry(country: string | null): void {
  changeUrl({
    country,
    system: null,
    station: null,
    of: null,
    operators: [],
    at: null,
    query: '',
    camera: null,
  });
  const bounds = reachOf(ofCountry(systems.peek() ?? [], country));
  if (bounds !== null) world.destination.value = { bounds };
}
