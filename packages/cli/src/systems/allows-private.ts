import type { State } from '../home/state.ts';

/** A demo polls the simulator on this machine. Otherwise ingest's own setting decides. */
export function allowsPrivate({ mode }: Pick<State, 'mode'>): boolean {
  return mode === 'demo';
}
