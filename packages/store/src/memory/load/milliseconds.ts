import { z } from 'zod';

/** Milliseconds go through a float of seconds, so they are rounded back. */
export const Milliseconds = z.number().transform(Math.round);
