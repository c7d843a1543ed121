import transliterate from '@sindresorhus/transliterate';

/** Letters that Unicode does not decompose into a base letter and a mark. */
const LETTERS: Record<string, string> = {
  ø: 'o',
  æ: 'ae',
  œ: 'oe',
  ß: 'ss',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

/** Lower-cases the words and drops accents: "Lillestrøm" and "Lillestrom" are the same. */
export function foldText(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[øæœßłđðþı]/g, (letter) => LETTERS[letter] ?? letter)
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** The ways in which people write a name: "Düsseldorf" is "dusseldorf" and "duesseldorf", "Αθήνα" is "athina". */
export function spellings(text: string): string[] {
  const folded = foldText(text);
  const other = foldText(transliterate(text));
  return folded === other ? [folded] : [folded, other];
}
