import { z } from '@hono/zod-openapi';

/** GET /config.json: the operator's settings for the page. */
export const pageConfig = z
  .object({
    tiles_url: z.string().nullable().openapi({
      description:
        'Basemap: raster tiles as https://host/{z}/{x}/{y}.png, or a .pmtiles file. null: the built-in map',
    }),
    tiles_attribution: z.string(),
  })
  .openapi('PageConfig');
export type PageConfig = z.infer<typeof pageConfig>;
