#!/usr/bin/env node
// Plain JavaScript on purpose: it starts on any Node of the machine, and continues with the Node 26 that npm installed.
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 26;

// Node caches the compiled TypeScript, checked by content. Workers inherit this setting. From the second start on, each process
// needs half the CPU to start and 27 MB less, because it does not load the compiler at all.
const compiled = join(process.env.VELOLOG_CACHE || join(homedir(), '.cache', 'velolog'), 'compiled');
if (canBeMade(compiled)) process.env.NODE_COMPILE_CACHE ||= compiled;

if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) {
  if (process.env.NODE_COMPILE_CACHE) module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  await import('../src/main.ts');
} else {
  runAgain(findNode());
}

/** Node 26.10 never returns from making a folder where the file system has none, such as below /proc. */
function canBeMade(folder) {
  if (!existsSync(folder)) return folder !== dirname(folder) && canBeMade(dirname(folder));
  try {
    accessSync(folder, constants.W_OK);
    return !/^\/(proc|sys)(\/|$)/.test(folder);
  } catch {
    return false;
  }
}

function findNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'));
    const path = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    if (existsSync(path)) return path;
  } catch {}
  console.error(
    `Velolog needs Node ${OLDEST_NODE}, and this is ${process.version}: run \`npm ci\`, which installs it, or install it yourself`,
  );
  process.exit(1);
}

function runAgain(node) {
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn(node, args, { stdio: 'inherit' });
  child.on('error', (error) => {
    console.error(`Cannot run ${node}: ${error.message}`);
    process.exit(1);
  });
  // In a terminal, Ctrl-C reaches the child directly. Forwarding it would make it a second Ctrl-C, which means "stop at once".
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
