import fc from 'fast-check';

/** Names of properties that every object has from the start. */
const NAMES = ['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty'];
const SURROGATES = { first: 0xd800, count: 0x800 };

const character = fc
  .integer({ min: 0, max: 0x10ffff - SURROGATES.count })
  .map((at) => String.fromCodePoint(at < SURROGATES.first ? at : at + SURROGATES.count));

/** Any well-formed text, like fc.string({ unit: 'binary' }), but without its table of a million characters, which takes a second to fill. */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 9, arbitrary: fc.array(character, { maxLength }).map((characters) => characters.join('')) },
    { weight: 1, arbitrary: fc.constantFrom(...NAMES).map((name) => name.slice(0, maxLength)) },
  );
}
