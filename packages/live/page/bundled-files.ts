// URLs of files that the page fetches. The bundler (scripts/bundle-page.ts) replaces the content of this module.

/** The module that the map's workers run. */
export const mapWorker: string = '';
/** The land of the world, GeoJSON. */
export const land: string = '';
/** The lakes of the world, GeoJSON. */
export const lakes: string = '';
/** The sea around a city by its slug, GeoJSON. */
export const water: Record<string, string> = {};
/** Towns of the world, as model/world/search-world.ts reads them. */
export const towns: string = '';
