import { z } from 'zod';

/** Rounded because the milliseconds come from a float of seconds. */
export const Milliseconds = z.number().transform(Math.round);
