import type { State } from '../home/state.ts';

/** A demo polls the simulator of this machine; else ingest's own setting says. */
export function allowsPrivate({ mode }: Pick<State, 'mode'>): boolean {
  return mode === 'demo';
}
