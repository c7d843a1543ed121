import { formatCount } from '../../model/format.ts';
import { countCountries } from '../../model/world/country.ts';
import { countryName } from '../../model/world/system-place.ts';
import * as state from '../../state/page-state.ts';
import { urlState } from '../../state/url-signal.ts';
import { chooseCountry } from '../../state/world/choose-country.ts';

/** Selects the country whose systems are shown. Hidden while no system has a known country. */
export function CountryChoice() {
  const { country } = urlState.value;
  const countries = countCountries(state.systems.value ?? []);
  if (countries.length === 0 && country === null) return null;
  const isListed = country === null || countries.some(({ code }) => code === country);
  return (
    <label class="country-choice">
      <span>Country</span>
      <select
        value={country ?? ''}
        onChange={({ currentTarget }) => chooseCountry(currentTarget.value || null)}
      >
        <option value="">All</option>
        {/* A link may name a country without recorded systems. */}
        {!isListed && <option value={country}>{countryName(country) || country} (0)</option>}
        {countries.map(({ code, name, systems }) => (
          <option key={code} value={code}>
            {name} ({formatCount(systems)})
          </option>
        ))}
      </select>
    </label>
  );
}
