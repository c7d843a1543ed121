import { computed, signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { getTowns } from '../../data/api-client.ts';
import { type Found, searchWorld, type Town } from '../../model/world/search-world.ts';
import { systemName } from '../../model/world/system-place.ts';
import { directionOf } from '../../model/world/text-direction.ts';
import * as state from '../../state/page-state.ts';
import { changeUrl } from '../../state/url-signal.ts';
import { chooseCountry } from '../../state/world/choose-country.ts';
import * as world from '../../state/world/world-state.ts';

const query = signal('');
const isOpen = signal(false);
const active = signal(0);
/** Fetched when the user begins to search. */
const towns = signal<readonly Town[] | null>(null);
const found = computed(() => searchWorld(query.value, state.systems.value ?? [], towns.value ?? []));

const LIST = 'world-found';
const TOWN_ZOOM = 12;

/**
 * Finds a system by its name, place or country, and a town on the map. It has the usual keys of a list that opens under a text
 * field.
 */
export function SystemSearch() {
  const input = useRef<HTMLInputElement>(null);
  const shown = isOpen.value && query.value.trim() !== '';
  const current = state.system.value;
  const choose = (one: Found | undefined) => {
    if (one === undefined) return;
    query.value = '';
    isOpen.value = false;
    input.current?.blur();
    open(one);
  };
  return (
    <div class="world-search">
      <input
        ref={input}
        type="search"
        // biome-ignore lint/a11y/noRedundantRoles: it has no datalist, and is no combobox by itself
        role="combobox"
        list={undefined}
        aria-label="Find a system, a town or a country"
        aria-expanded={shown}
        aria-controls={LIST}
        aria-autocomplete="list"
        aria-activedescendant={shown && found.value.length > 0 ? `${LIST}-${active.value}` : undefined}
        autocomplete="off"
        // The typed text, or the name in its place, may be right-to-left.
        dir={query.value === '' && current !== null ? directionOf(systemName(current)) : 'auto'}
        placeholder={current === null ? 'Find a system, town or country' : systemName(current)}
        value={query.value}
        onFocus={() => void fetchTowns()}
        onInput={(event) => {
          query.value = event.currentTarget.value;
          active.value = 0;
          isOpen.value = true;
        }}
        onKeyDown={(event) => onKey(event, choose)}
        onBlur={() => {
          isOpen.value = false;
        }}
      />
      <div id={LIST} role="listbox" aria-label="Found" class="world-found" hidden={!shown}>
        {shown &&
          found.value.map((one, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keyboard, and chooses with Enter
            <div
              key={index}
              id={`${LIST}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active.value}
              class={index === active.value ? 'found-active' : ''}
              // The field keeps the focus: losing it would close the list.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(one)}
            >
              <bdi>{one.text}</bdi>
              <span class="found-note">{one.kind === 'town' ? `town · ${one.note}` : one.note}</span>
            </div>
          ))}
      </div>
      <p class="visually-hidden" role="status">
        {shown && (found.value.length === 0 ? 'Nothing found' : `${found.value.length} found`)}
      </p>
    </div>
  );
}

function onKey(event: KeyboardEvent, choose: (one: Found | undefined) => void): void {
  const count = found.value.length;
  if (event.key === 'Escape') isOpen.value = false;
  else if (event.key === 'Enter') choose(found.value[active.value]);
  else if (event.key === 'ArrowDown') active.value = count === 0 ? 0 : (active.value + 1) % count;
  else if (event.key === 'ArrowUp') active.value = count === 0 ? 0 : (active.value + count - 1) % count;
  else return;
  if (event.key.startsWith('Arrow')) event.preventDefault();
}

function open(one: Found): void {
  if (one.kind === 'country') {
    chooseCountry(one.country);
    return;
  }
  const nowhere = { station: null, of: null, at: null, query: '', operators: [], country: null };
  if (one.kind === 'system') {
    changeUrl({ ...nowhere, system: one.system.system_id, camera: null });
    return;
  }
  const [, , lat, lon] = one.town;
  const camera = { lat, lon, zoom: TOWN_ZOOM };
  changeUrl({ ...nowhere, system: null, camera });
  world.destination.value = camera;
}

async function fetchTowns(): Promise<void> {
  if (towns.peek() !== null) return;
  try {
    towns.value = await getTowns(new AbortController().signal);
  } catch {
    // Systems are found without towns, and the next focus on the field asks again.
  }
}
