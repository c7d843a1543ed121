/** Whether this is `npm run test:long`, in which some files run longer. */
export const isLongRun = process.env.LONG_RUN === '1';
