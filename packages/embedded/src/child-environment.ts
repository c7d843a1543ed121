/** libpq's variables, which node-postgres and the server read too: PGHOST, PGSSLMODE, PGOPTIONS, PGDATESTYLE … */
const LIBPQ = /^PG[A-Z]+$/;

/** Options that every JVM takes from the environment: agents, heaps and proxies meant for other programs. */
const JAVA_OPTIONS = ['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', '_JAVA_OPTIONS', 'CLASSPATH'];

/** The environment without variables that point to a PostgreSQL other than the one we start. */
export function withoutLibpq(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !LIBPQ.test(name)));
}

/** Removes the same variables from this process's own environment. */
export function dropLibpq(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (LIBPQ.test(name)) delete env[name];
}

/**
 * The environment for our own Node processes. A debugger meant for the command would stop each worker at its first line, or find its port
 * taken. The rest of NODE_OPTIONS, such as certificates, is meant for all of them.
 */
export function nodeEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS, ...rest } = env;
  const options = NODE_OPTIONS?.replaceAll(/(^|\s)--inspect[\w-]*(=\S*)?(?=\s|$)/g, '').trim();
  return options ? { ...rest, NODE_OPTIONS: options } : rest;
}

/** The environment for the broker. Without a UTF-8 locale, Java cannot open folders with non-ASCII names. */
export function brokerEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const others = Object.entries(env).filter(([name]) => !JAVA_OPTIONS.includes(name));
  return { ...Object.fromEntries(others), LC_ALL: 'C.UTF-8' };
}
