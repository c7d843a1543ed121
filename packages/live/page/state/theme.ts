import { computed, effect, signal } from '@preact/signals';
import { PALETTES } from '../model/palette.ts';
import type { Theme } from '../model/url-state.ts';
import { changeUrl, urlState } from './url-signal.ts';

const KEPT_AS = 'velolog-theme';
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
const ofSystem = signal<Theme>(systemIsDark.matches ? 'dark' : 'light');
systemIsDark.addEventListener('change', ({ matches }) => {
  ofSystem.value = matches ? 'dark' : 'light';
});

/** The theme of the link, else the one chosen here before, else the system setting. */
export const theme = computed<Theme>(() => urlState.value.theme ?? kept.value ?? ofSystem.value);
export const palette = computed(() => PALETTES[theme.value]);

/** Paper is white. The data colours stay those of the map and the charts, which cannot be drawn anew so fast. */
const isPrinted = signal(false);
matchMedia('print').addEventListener('change', ({ matches }) => {
  isPrinted.value = matches;
});

const kept = signal(readKept());

export function toggleTheme(): void {
  const next = theme.peek() === 'dark' ? 'light' : 'dark';
  // A choice equal to the system setting is not stored, so that the page follows the setting again.
  kept.value = next === ofSystem.peek() ? null : next;
  writeKept(kept.value);
  changeUrl({ theme: kept.value });
}

/** Gives the styles the data colours, which the map and the charts also use. */
export function applyTheme(): void {
  effect(() => {
    const root = document.documentElement;
    root.dataset.theme = isPrinted.value ? 'light' : theme.value;
    const { ramp, unknown, surface, ink, muted, land, accent, vehicle, onVehicle } = palette.value;
    const colours = { unknown, surface, ink, muted, land, accent, vehicle, 'on-vehicle': onVehicle };
    for (const [name, colour] of Object.entries(colours)) root.style.setProperty(`--data-${name}`, colour);
    for (const [index, colour] of ramp.entries()) root.style.setProperty(`--ramp-${index}`, colour);
  });
}

/** Storage may be forbidden; then the choice lasts as long as the page. */
function readKept(): Theme | null {
  try {
    const text = localStorage.getItem(KEPT_AS);
    return text === 'dark' || text === 'light' ? text : null;
  } catch {
    return null;
  }
}

function writeKept(theme: Theme | null): void {
  try {
    if (theme === null) localStorage.removeItem(KEPT_AS);
    else localStorage.setItem(KEPT_AS, theme);
  } catch {
    // See readKept.
  }
}
