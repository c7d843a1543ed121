/** Why an export leaves a system out. */
export const LEFT_OUT = {
  licence_unknown: 'The licence of the data is not known. `--include-unlicensed` takes the system in.',
  licence_forbids:
    'The licence forbids passing the data on. `--include-unlicensed` takes the system in all the same.',
} as const;
export type LeftOutCode = keyof typeof LEFT_OUT;
