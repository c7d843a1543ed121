import { createIngestMetrics } from '@velolog/ingest/metrics';
import { Publisher } from '@velolog/ingest/publish/publish';
import { createKafka, type KafkaSettings } from '@velolog/stream/kafka/client';
import type { PollRecord } from '@velolog/stream/poll-record';
import { Registry } from 'prom-client';
import { randomInformationPolls } from '../../history/random-information-polls.ts';
import { randomPolls } from '../../history/random-polls.ts';
import { randomVehiclePolls } from '../../history/random-vehicle-polls.ts';

const SYSTEMS = 9;
const STATIONS = 12;
/** Systems that also list stations. */
const FLEETS = 5;
const VEHICLES = 8;
/** Polls of information in a round, of all these systems and one that has nothing else. */
const INFORMATION = 4;
const ROUNDS_PER_FAULT = 2;
const FLUSH_MS_MAX = 600_000;

/**
 * The polls of the run, one round of all systems at a time, sent as ingest does: stations to one topic, vehicles to the other.
 */
export class PublishedRounds {
  readonly #rounds: PollRecord[][];
  readonly #publisher: Publisher;
  readonly #metrics = new Registry();
  readonly #gaveUp = new AbortController();
  #next = 0;
  polls = 0;

  constructor(seed: number, faults: number, settings: KafkaSettings) {
    const count = (faults + 20) * ROUNDS_PER_FAULT * 2;
    const stations = randomPolls(seed, { systems: SYSTEMS, polls: count, stations: STATIONS });
    const vehicles = randomVehiclePolls(seed, { systems: FLEETS, polls: count, vehicles: VEHICLES });
    const information = randomInformationPolls(seed, {
      systems: SYSTEMS + 1,
      polls: count * INFORMATION,
      stations: STATIONS,
    });
    this.#rounds = Array.from({ length: count }, (_, round) => [
      ...stations.slice(round * SYSTEMS, (round + 1) * SYSTEMS),
      ...vehicles.slice(round * FLEETS, (round + 1) * FLEETS),
      ...information.slice(round * INFORMATION, (round + 1) * INFORMATION),
    ]);
    const silent = { debug() {}, info() {}, warn() {}, error() {} };
    this.#publisher = new Publisher(
      createKafka(settings, { clientId: 'velolog-ingest' }),
      { bufferBytesMax: 64 * 1024 * 1024, topics: settings },
      { metrics: createIngestMetrics(this.#metrics), log: silent },
    );
    void this.#publisher.publishForever(this.#gaveUp.signal);
  }

  publish(): void {
    const next = this.#rounds.slice(this.#next, this.#next + ROUNDS_PER_FAULT).flat();
    if (next.length === 0) throw new Error('The polls ran out before the victim came to its point');
    for (const poll of next) this.#publisher.publish(poll, null);
    this.#next += ROUNDS_PER_FAULT;
    this.polls += next.length;
  }

  /** Waits until Kafka has all of them. */
  async flush(): Promise<void> {
    await this.#publisher.flush(AbortSignal.timeout(FLUSH_MS_MAX));
  }

  /** The least number of records that ingest found to be lost. */
  async lost(): Promise<number> {
    const metric = await this.#metrics.getSingleMetric('velolog_published_lost_total')?.get();
    return metric?.values[0]?.value ?? 0;
  }

  async close(): Promise<void> {
    this.#gaveUp.abort();
    await this.#publisher.close();
  }
}
