/**
 * Chooses a language among those that a feed offers: first a wanted one that is offered exactly, then one that differs only in its region
 * ("nb" for "nb-NO"), then the first one offered, which is the publisher's own choice.
 */
export function chooseLanguage(offered: readonly string[], wanted: readonly string[]): string | undefined {
  for (const sameAs of [exactly, primarySubtag]) {
    for (const language of wanted) {
      const found = offered.find((candidate) => sameAs(candidate) === sameAs(language));
      if (found !== undefined) return found;
    }
  }
  return offered[0];
}

function exactly(language: string): string {
  return language.trim().toLowerCase().replaceAll('_', '-');
}

function primarySubtag(language: string): string {
  return exactly(language).split('-')[0] ?? '';
}
