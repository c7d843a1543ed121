import { createRandom, pickWeighted, type Random, runningSums } from '../random.ts';
import { distanceKm, type Station } from './city.ts';
import { departuresPerStationMinute, localTime, shareInward } from './rhythm.ts';
import { STEP_SECONDS } from './timeline.ts';

/** An event that happens at a station at a scheduled step. */
type Due = { kind: 'arrival' | 'repair' | 'reopening'; station: number; bikes: number; ebikes: number };

/**
 * Tracks where every bike of one city is. Each bike is in exactly one of three states, so their sum never changes:
 *
 *   available (bikes) --a rider or a van takes it--> underway --a free dock is found--> available
 *   available --breaks--> disabled --is repaired--> available
 *
 * A station is open or closed. A closed one keeps its bikes, but nobody takes or returns any there. Time only moves forward,
 * one step at a time, so the state depends only on the seed and the step. Step 0 is the start of the run; the
 * steps before it fill the streets with riders.
 */
export class Traffic {
  readonly stations: readonly Station[];
  readonly bikes: Int16Array;
  /** How many of the bikes are electric. They use a random sequence of their own, so that everything else is the same as without them. */
  readonly ebikes: Int16Array;
  readonly disabled: Int16Array;
  readonly docksDisabled: Int16Array;
  readonly closed: Uint8Array;
  /** Step at which a station was last closed or opened. */
  readonly closedAtStep: Int32Array;
  /** Step of the last change of a station; before any change, the first step. */
  readonly changedAtStep: Int32Array;
  bikesUnderway = 0;
  /** E-bikes that are disabled or underway. Together with the available ones, their number never changes. */
  ebikesElsewhere = 0;
  step = -WARM_UP_STEPS;

  readonly #random: Random;
  readonly #ebikeRandom: Random;
  readonly #localStartMs: number;
  readonly #due = new Map<number, Due[]>();
  readonly #centreWeights: Float64Array;
  readonly #outskirtsWeights: Float64Array;
  readonly #nearest = new Map<number, number[]>();

  constructor(stations: readonly Station[], seed: string, localStartMs: number) {
    this.stations = stations;
    this.#random = createRandom(seed, 'traffic');
    this.#ebikeRandom = createRandom(seed, 'ebikes');
    this.#localStartMs = localStartMs;
    this.#centreWeights = runningSums(stations.map((s) => s.popularity * (0.4 + s.centrality)));
    this.#outskirtsWeights = runningSums(stations.map((s) => s.popularity * (1.4 - s.centrality)));
    this.docksDisabled = Int16Array.from(stations, () => (this.#random.below(40) === 0 ? 1 : 0));
    this.disabled = Int16Array.from(stations, () => (this.#random.below(12) === 0 ? 1 : 0));
    this.bikes = Int16Array.from(stations, (station, index) => {
      const usable = station.capacity - (this.docksDisabled[index] ?? 0) - (this.disabled[index] ?? 0);
      return Math.round(usable * 0.8 * this.#random.next());
    });
    this.ebikes = this.bikes.map((bikes) => {
      let electric = 0;
      for (let bike = 0; bike < bikes; bike++) electric += this.#ebikeRandom.next() < SHARE_ELECTRIC ? 1 : 0;
      return electric;
    });
    this.closed = new Uint8Array(stations.length);
    this.closedAtStep = new Int32Array(stations.length);
    this.changedAtStep = new Int32Array(stations.length).fill(this.step);
    this.advanceTo(0);
  }

  docksAvailable(station: number): number {
    const capacity = this.stations[station]?.capacity ?? 0;
    return capacity - at(this.bikes, station) - at(this.disabled, station) - at(this.docksDisabled, station);
  }

  advanceTo(step: number): void {
    while (this.step < step) {
      this.step++;
      this.#settleDue();
      this.#departRiders();
      this.#sendVans();
      this.#breakBikes();
      this.#closeStations();
    }
  }

  #settleDue(): void {
    const due = this.#due.get(this.step) ?? [];
    this.#due.delete(this.step);
    for (const event of due) {
      if (event.kind === 'arrival') this.#arrive(event);
      else if (event.kind === 'repair') this.#repair(event);
      else this.#setClosed(event.station, 0);
    }
  }

  #departRiders(): void {
    const local = localTime(this.#localStartMs + this.step * STEP_SECONDS * 1000);
    const perStep = (departuresPerStationMinute(local) * this.stations.length * STEP_SECONDS) / 60;
    const inward = shareInward(local);
    for (let riders = this.#random.poisson(perStep); riders > 0; riders--) {
      const goesInward = this.#random.next() < inward;
      const from = this.#findBike(goesInward ? this.#outskirtsWeights : this.#centreWeights);
      if (from === null) continue;
      const to = this.#chooseDestination(from, goesInward ? this.#centreWeights : this.#outskirtsWeights);
      const ebikes = this.#takeBikes(from, 1);
      const minutes = 3 + this.#minutesBetween(from, to, RIDER_KM_PER_HOUR) + 4 * this.#random.next();
      this.#schedule(minutes, { kind: 'arrival', station: to, bikes: 1, ebikes });
    }
  }

  /** Riders who find no bike walk to another station a few times, then give up. */
  #findBike(weights: Float64Array): number | null {
    for (let tries = 0; tries < 6; tries++) {
      const station = pickWeighted(this.#random, weights);
      if (this.closed[station] === 0 && at(this.bikes, station) > 0) return station;
    }
    return null;
  }

  /** Chooses the nearest of some attractive stations, because most rides are short. */
  #chooseDestination(from: number, weights: Float64Array): number {
    let nearest = pickWeighted(this.#random, weights);
    for (let others = 0; others < 2; others++) {
      const other = pickWeighted(this.#random, weights);
      if (this.#kmBetween(from, other) < this.#kmBetween(from, nearest)) nearest = other;
    }
    return nearest;
  }

  /** Fills free docks here, then at the nearest stations. Riders who find none ride on and try again. */
  #arrive({ station, bikes, ebikes }: Due): void {
    const left = { bikes, ebikes };
    this.#parkBikes(station, left);
    if (left.bikes === 0) return;
    for (const neighbour of this.#neighboursOf(station)) this.#parkBikes(neighbour, left);
    if (left.bikes > 0)
      this.#schedule(2, { kind: 'arrival', station: this.#random.below(this.stations.length), ...left });
  }

  /** Parks as many bikes as fit and subtracts them from `left`. */
  #parkBikes(station: number, left: { bikes: number; ebikes: number }): void {
    const parked = this.closed[station] === 1 ? 0 : Math.min(left.bikes, this.docksAvailable(station));
    if (parked === 0) return;
    const electric = this.#drawElectric(parked, left.ebikes, left.bikes);
    left.bikes -= parked;
    left.ebikes -= electric;
    this.bikesUnderway -= parked;
    this.#moveEbikes(station, electric);
    this.#add(this.bikes, station, parked);
  }

  /** Draws how many of `taken` bikes are electric when `electric` of `all` are. */
  #drawElectric(taken: number, electric: number, all: number): number {
    if (taken === all) return electric;
    let drawn = 0;
    for (let bike = 0; bike < taken; bike++) {
      if (this.#ebikeRandom.next() * (all - bike) < electric - drawn) drawn++;
    }
    return drawn;
  }

  /** A van looks at some stations and moves half of the fullest one's bikes to the emptiest. */
  #sendVans(): void {
    const perStep = (VANS_PER_STATION_HOUR * this.stations.length * STEP_SECONDS) / 3600;
    for (let vans = this.#random.poisson(perStep); vans > 0; vans--) {
      const seen = Array.from({ length: 12 }, () => this.#random.below(this.stations.length));
      const open = seen.filter((station) => this.closed[station] === 0);
      open.sort((left, right) => this.#fill(left) - this.#fill(right));
      const [emptiest, fullest] = [open[0], open[open.length - 1]];
      if (emptiest === undefined || fullest === undefined) continue;
      if (this.#fill(fullest) < 0.8 || this.#fill(emptiest) > 0.2) continue;
      const bikes = Math.ceil(at(this.bikes, fullest) / 2);
      const ebikes = this.#takeBikes(fullest, bikes);
      const minutes = 10 + this.#minutesBetween(fullest, emptiest, VAN_KM_PER_HOUR);
      this.#schedule(minutes, { kind: 'arrival', station: emptiest, bikes, ebikes });
    }
  }

  #breakBikes(): void {
    const perStep = (BREAKDOWNS_PER_STATION_DAY * this.stations.length * STEP_SECONDS) / 86_400;
    for (let breakdowns = this.#random.poisson(perStep); breakdowns > 0; breakdowns--) {
      const station = this.#random.below(this.stations.length);
      if (at(this.bikes, station) === 0) continue;
      const ebikes = this.#drawElectric(1, at(this.ebikes, station), at(this.bikes, station));
      this.#moveEbikes(station, -ebikes);
      this.#add(this.bikes, station, -1);
      this.#add(this.disabled, station, 1);
      this.#schedule(60 + this.#random.below(600), { kind: 'repair', station, bikes: 1, ebikes });
    }
  }

  #repair({ station, ebikes }: Due): void {
    if (at(this.disabled, station) === 0) return;
    this.#moveEbikes(station, ebikes);
    this.#add(this.disabled, station, -1);
    this.#add(this.bikes, station, 1);
  }

  #closeStations(): void {
    const perStep = (CLOSURES_PER_STATION_DAY * this.stations.length * STEP_SECONDS) / 86_400;
    for (let closures = this.#random.poisson(perStep); closures > 0; closures--) {
      const station = this.#random.below(this.stations.length);
      if (this.closed[station] === 1) continue;
      this.#setClosed(station, 1);
      this.#schedule(20 + this.#random.below(160), { kind: 'reopening', station, bikes: 0, ebikes: 0 });
    }
  }

  /** @returns how many of them are electric. */
  #takeBikes(station: number, bikes: number): number {
    const electric = this.#drawElectric(bikes, at(this.ebikes, station), at(this.bikes, station));
    this.#moveEbikes(station, -electric);
    this.bikesUnderway += bikes;
    this.#add(this.bikes, station, -bikes);
    return electric;
  }

  #moveEbikes(station: number, ebikes: number): void {
    this.ebikes[station] = at(this.ebikes, station) + ebikes;
    this.ebikesElsewhere -= ebikes;
  }

  #add(counts: Int16Array, station: number, bikes: number): void {
    counts[station] = at(counts, station) + bikes;
    this.changedAtStep[station] = this.step;
  }

  #setClosed(station: number, closed: 0 | 1): void {
    this.closed[station] = closed;
    this.closedAtStep[station] = this.step;
    this.changedAtStep[station] = this.step;
  }

  #schedule(minutes: number, event: Due): void {
    const step = this.step + Math.max(1, Math.round((minutes * 60) / STEP_SECONDS));
    const due = this.#due.get(step);
    if (due) due.push(event);
    else this.#due.set(step, [event]);
  }

  #fill(station: number): number {
    return at(this.bikes, station) / (at(this.bikes, station) + this.docksAvailable(station) || 1);
  }

  #kmBetween(from: number, to: number): number {
    return distanceKm(this.stations[from] as Station, this.stations[to] as Station);
  }

  #minutesBetween(from: number, to: number, kmPerHour: number): number {
    return Math.min(45, (this.#kmBetween(from, to) / kmPerHour) * 60);
  }

  /** The nearest stations, computed only when a station is full for the first time. */
  #neighboursOf(station: number): number[] {
    const known = this.#nearest.get(station);
    if (known) return known;
    let nearest: { other: number; km: number }[] = [];
    for (let other = 0; other < this.stations.length; other++) {
      const km = this.#kmBetween(station, other);
      if (other === station || km >= (nearest[NEIGHBOURS - 1]?.km ?? Infinity)) continue;
      nearest = [...nearest, { other, km }].sort((left, right) => left.km - right.km).slice(0, NEIGHBOURS);
    }
    const neighbours = nearest.map(({ other }) => other);
    this.#nearest.set(station, neighbours);
    return neighbours;
  }
}

/** 40 simulated minutes. No ride takes longer than an hour, and most are much shorter, so the streets are about as full as they get. */
const WARM_UP_STEPS = (40 * 60) / STEP_SECONDS;
const RIDER_KM_PER_HOUR = 14;
const VAN_KM_PER_HOUR = 25;
const NEIGHBOURS = 6;
const VANS_PER_STATION_HOUR = 0.04;
const SHARE_ELECTRIC = 0.3;
const BREAKDOWNS_PER_STATION_DAY = 0.25;
const CLOSURES_PER_STATION_DAY = 0.02;

function at(counts: Int16Array, station: number): number {
  return counts[station] ?? 0;
}
