import { type Clock, systemClock, waitFor } from '../clock.ts';
import type { FeedFetcher, Validators } from '../fetch/fetch-feed.ts';
import { redactUrl } from '../fetch/redact-url.ts';
import type { Log } from '../log.ts';
import type { IngestMetrics } from '../metrics.ts';
import type { Recorder } from '../schedule/recorder.ts';
import type { Catalogue } from './catalogue.ts';
import type { SystemsFollower } from './follow-systems.ts';
import { healed, healingOf } from './healing.ts';

export type HealSettings = { catalogueUrl: string; healAfterMs: number };

export type HealDependencies = {
  /** The user chooses the catalogue's address, so it may be a private one. */
  fetcher: FeedFetcher;
  follower: Pick<SystemsFollower, 'entriesHere' | 'rewrite'>;
  recorder: Pick<Recorder, 'statusOf' | 'endSystem'>;
  metrics: Pick<IngestMetrics, 'systems_moved_total' | 'systems_ended'>;
  log: Log;
  clock?: Clock;
};

/** Between two checks of the systems, and between two fetches of the catalogue. */
const LOOK_MS = 600_000;
const CATALOGUE_MS = 3_600_000;

/** Follows systems of the catalogue to the new URLs in their rows, and marks systems that have ended. */
export class Healer {
  readonly #settings: HealSettings;
  readonly #dependencies: HealDependencies;
  readonly #clock: Clock;
  #catalogue: { catalogue: Catalogue; validators: Validators } | null = null;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  /** Logged once. */
  readonly #needKeys = new Set<string>();

  constructor(settings: HealSettings, dependencies: HealDependencies) {
    this.#settings = settings;
    this.#dependencies = dependencies;
    this.#clock = dependencies.clock ?? systemClock;
  }

  async healForever(signal: AbortSignal): Promise<void> {
    const everyMs = Math.min(LOOK_MS, this.#settings.healAfterMs / 4);
    while (!signal.aborted) {
      await waitFor(this.#clock, everyMs, signal).catch(() => {});
      if (signal.aborted) return;
      await this.healOnce(signal).catch((error: unknown) => {
        if (!signal.aborted)
          this.#dependencies.log.warn({ event: 'not_healed', reason: (error as Error).message });
      });
    }
  }

  async healOnce(signal: AbortSignal): Promise<void> {
    const { follower, recorder, metrics } = this.#dependencies;
    const { healAfterMs } = this.#settings;
    const entries = follower.entriesHere();
    const isFailing = entries.some(
      ({ id, source }) => source === 'catalogue' && (recorder.statusOf(id)?.failingMs ?? 0) >= healAfterMs,
    );
    const catalogue = isFailing ? await this.#currentCatalogue(signal) : null;
    let ended = 0;
    for (const entry of entries) {
      const status = recorder.statusOf(entry.id);
      if (status === null) continue;
      const healing = healingOf(entry, status, { catalogue, healAfterMs });
      const next = healed(entry, healing, new Date(this.#clock.epochMs()));
      if ((next ?? entry).ended !== undefined) ended++;
      if (healing.kind === 'end' && healing.reason === 'not_in_catalogue') recorder.endSystem(entry.id);
      if (next !== null) await follower.rewrite(next, entry);
      this.#tell(entry.id, healing, entry.discovery_url);
    }
    metrics.systems_ended.set(ended);
  }

  #tell(system: string, healing: ReturnType<typeof healingOf>, from: string): void {
    const { log, metrics } = this.#dependencies;
    const shown = (url: string) => redactUrl(url);
    switch (healing.kind) {
      case 'move':
        metrics.systems_moved_total.inc();
        log.warn({ event: 'system_moved', system, from: shown(from), to: shown(healing.to.discovery_url) });
        break;
      case 'end':
        log.warn({
          event: 'system_ended',
          system,
          reason: healing.reason,
          hint: 'polled once a day from now on',
        });
        break;
      case 'back':
        log.info({ event: 'system_not_ended', system });
        break;
      case 'needs_key':
      case 'keys_stay': {
        const event = healing.kind === 'needs_key' ? 'moved_behind_a_key' : 'moved_away_from_its_keys';
        const hint = `to follow it: npx velolog systems remove ${system}, then add it again with the keys that it needs there`;
        if (!this.#needKeys.has(system))
          log.warn({ event, system, to: shown(healing.to.discovery_url), hint });
        this.#needKeys.add(system);
        break;
      }
      case 'none':
    }
  }

  /** Null when the catalogue is not available now, so that nothing is concluded from it. */
  async #currentCatalogue(signal: AbortSignal): Promise<Catalogue | null> {
    const { catalogueUrl, healAfterMs } = this.#settings;
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#askedAtMs < Math.min(CATALOGUE_MS, healAfterMs / 4))
      return this.#catalogue?.catalogue ?? null;
    this.#askedAtMs = nowMs;
    const answer = await this.#dependencies.fetcher.fetch(
      {
        url: catalogueUrl,
        validators: this.#catalogue?.validators ?? null,
        headers: {},
        trustedOrigins: new Set(),
      },
      (_, request) => request(),
      signal,
    );
    if (answer.outcome === 'unchanged') return this.#catalogue?.catalogue ?? null;
    // An answer that is not a catalogue says nothing about any system.
    this.#catalogue = null;
    if (answer.outcome === 'failed') throw new Error(`the catalogue cannot be reached: ${answer.error}`);
    // Its libraries take 5 MB, and most workers never read it.
    const { parseCatalogue } = await import('./catalogue.ts');
    const catalogue = parseCatalogue(answer.body.toString('utf8'));
    this.#catalogue = { catalogue, validators: answer.validators };
    return catalogue;
  }
}
