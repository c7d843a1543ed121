import type { Theme } from './url-state.ts';

/** Colours with a meaning. The map and the charts draw with them; styles get them as custom properties. */
export type Palette = {
  /**
   * From no bikes to no docks: from orange through a neutral to blue, which people with any common colour blindness can
   * tell apart.
   */
  ramp: readonly [string, string, string, string, string];
  /** Text colours on the ramp. */
  onRamp: readonly [string, string, string, string, string];
  unknown: string;
  /** A circle's fill when there is nothing inside. */
  surface: string;
  ink: string;
  muted: string;
  land: string;
  water: string;
  shore: string;
  grid: string;
  accent: string;
  /** A vehicle that can be taken; no station has this colour. */
  vehicle: string;
  /** Text colour on a vehicle. */
  onVehicle: string;
};

export const PALETTES: Record<Theme, Palette> = {
  light: {
    ramp: ['#b8480a', '#ec9a4e', '#dcd8d2', '#7fb0dd', '#1b5cab'],
    onRamp: ['#ffffff', '#1f1406', '#1c2024', '#081a2c', '#ffffff'],
    unknown: '#9aa1a9',
    surface: '#ffffff',
    ink: '#1c2430',
    muted: '#5b6672',
    land: '#f4f2ee',
    water: '#cfdfe9',
    shore: '#a9c3d3',
    grid: '#dfdbd3',
    accent: '#1b5cab',
    vehicle: '#0b7566',
    onVehicle: '#ffffff',
  },
  dark: {
    ramp: ['#f2822f', '#d08a52', '#77808c', '#5b95d0', '#61aefc'],
    onRamp: ['#1f0f02', '#1f1003', '#ffffff', '#04121f', '#04121f'],
    unknown: '#5d6671',
    surface: '#12171d',
    ink: '#e9edf2',
    muted: '#98a3af',
    land: '#171c22',
    water: '#0d2130',
    shore: '#24435a',
    grid: '#252c34',
    accent: '#6fb4fb',
    vehicle: '#3cc5ab',
    onVehicle: '#04201b',
  },
};
