/** Whether this is `npm run test:long`, in which some files do more of the same. */
export const isLongRun = process.env.LONG_RUN === '1';
