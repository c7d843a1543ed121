import type { Decoded } from '../decoded.ts';
import { isJsonObject } from '../json-object.ts';
import { type Tally, tally } from '../tally.ts';
import { readFlag } from '../values/flag.ts';
import { DESCRIPTION_LENGTH_MAX, readLocalizedText } from '../values/localized-text.ts';
import { readNumber } from '../values/number.ts';
import { readWebUrl } from '../values/web-url.ts';
import { decodeRows } from './row-list.ts';

/** Charges `rate` for every `interval` minutes or kilometres, from `start` until `end`; an interval of 0 is charged once. */
export type PriceSegment = {
  start: number | null;
  rate: number | null;
  interval: number | null;
  end: number | null;
};

/** Prices in units of the currency. */
export type PricingPlan = {
  plan_id: string;
  name: string | null;
  url: string | null;
  /** ISO 4217. */
  currency: string | null;
  price: number | null;
  is_taxable: boolean | null;
  description: string | null;
  per_km_pricing: PriceSegment[] | null;
  per_min_pricing: PriceSegment[] | null;
  surge_pricing: boolean | null;
  /** From 3.1 on. */
  reservation_price_per_min: number | null;
  reservation_price_flat_rate: number | null;
};

/** A rate can be negative, for a discount from some minute on. The largest prices are in rupiah or dong. */
const PRICE = { min: -1e9, max: 1e9 };

/**
 * Decodes system_pricing_plans of GBFS 1.0 to 3.1 by shape.
 * @param languages preferred translations; without them the publisher's first.
 * @throws UndecodableBody when there is no list of plans. An empty list is valid.
 */
export function decodeSystemPricingPlans(
  document: unknown,
  languages: readonly string[] = [],
): Decoded<PricingPlan> {
  return decodeRows(document, {
    names: ['plans'],
    missing: 'no_plan_list',
    id: 'plan_id',
    readRow: (plan, plan_id, { coerced }) => ({
      plan_id,
      name: readLocalizedText(plan.name, coerced, languages),
      url: readWebUrl(readLocalizedText(plan.url, coerced, languages), coerced),
      currency: readCurrency(plan.currency, coerced),
      price: readNumber(plan.price, 'price', PRICE, coerced),
      is_taxable: readFlag(plan.is_taxable, coerced),
      description: readLocalizedText(plan.description, coerced, languages, DESCRIPTION_LENGTH_MAX),
      per_km_pricing: readSegments(plan.per_km_pricing, coerced),
      per_min_pricing: readSegments(plan.per_min_pricing, coerced),
      surge_pricing: readFlag(plan.surge_pricing, coerced),
      reservation_price_per_min: readNumber(plan.reservation_price_per_min, 'price', PRICE, coerced),
      reservation_price_flat_rate: readNumber(plan.reservation_price_flat_rate, 'price', PRICE, coerced),
    }),
  });
}

function readCurrency(value: unknown, coerced: Tally): string | null {
  if (value === undefined || value === null || value === '') return null;
  const currency = typeof value === 'string' ? value.trim().toUpperCase() : '';
  if (/^[A-Z]{3}$/.test(currency)) return currency;
  tally(coerced, 'currency_unreadable');
  return null;
}

function readSegments(value: unknown, coerced: Tally): PriceSegment[] | null {
  if (value === undefined || value === null) return null;
  return (Array.isArray(value) ? value : [value]).flatMap((segment) => {
    if (!isJsonObject(segment)) {
      tally(coerced, 'price_unreadable');
      return [];
    }
    const read = (number: unknown) => readNumber(number, 'price', PRICE, coerced);
    return [
      {
        start: read(segment.start),
        rate: read(segment.rate),
        interval: read(segment.interval),
        end: read(segment.end),
      },
    ];
  });
}
