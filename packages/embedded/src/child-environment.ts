/** libpq's variables, which node-postgres and the server read too: PGHOST, PGSSLMODE, PGOPTIONS, PGDATESTYLE … */
const LIBPQ = /^PG[A-Z]+$/;

/** Options that every JVM takes from the environment: agents, heaps and proxies meant for other programs. */
const JAVA_OPTIONS = ['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', '_JAVA_OPTIONS', 'CLASSPATH'];

/** The environment without variables that name another PostgreSQL than the one we start. */
export function withoutLibpq(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !LIBPQ.test(name)));
}

/** The same, in place: for the process itself. */
export function dropLibpq(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (LIBPQ.test(name)) delete env[name];
}

/**
 * For our own Node processes: a debugger that was meant for the command would stop each worker at its first line, or find its port taken.
 * All else in NODE_OPTIONS, such as certificates, is meant for all.
 */
export function nodeEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS, ...rest } = env;
  const options = NODE_OPTIONS?.replaceAll(/(^|\s)--inspect[\w-]*(=\S*)?(?=\s|$)/g, '').trim();
  return options ? { ...rest, NODE_OPTIONS: options } : rest;
}

/** For the broker. In another locale than one of UTF-8 Java cannot name the folders of half of the world. */
export function brokerEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const others = Object.entries(env).filter(([name]) => !JAVA_OPTIONS.includes(name));
  return { ...Object.fromEntries(others), LC_ALL: 'C.UTF-8' };
}
