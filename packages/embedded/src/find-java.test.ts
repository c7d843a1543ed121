import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findJava, findMaven } from './find-java.ts';

const WAYS_OUT = ['default-jre-headless maven', 'docker compose up', 'KAFKA_BROKERS='];

function javaHome(version: string): string {
  const home = mkdtempSync(join(tmpdir(), 'velolog-java-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  mkdirSync(join(home, 'bin'));
  writeFileSync(join(home, 'bin', 'java'), '#!/bin/sh\nexit 1\n');
  chmodSync(join(home, 'bin', 'java'), 0o755);
  writeFileSync(join(home, 'release'), `IMPLEMENTOR="Test"\nJAVA_VERSION="${version}"\n`);
  return home;
}

test('Java 17 and newer will do, and JAVA_HOME wins', () => {
  const home = javaHome('21.0.2');
  expect(findJava({ JAVA_HOME: home, PATH: '' })).toEqual({
    command: join(home, 'bin', 'java'),
    version: '21.0.2',
  });
});

test.each(['11.0.22', '1.8.0_412'])(
  'Java %s is too old, and the message names the three ways out',
  (version) => {
    const find = () => findJava({ JAVA_HOME: javaHome(version), PATH: '' });
    for (const way of WAYS_OUT) expect(find).toThrow(way);
    expect(find).toThrow(`is Java ${version}`);
  },
);

test('without Java or Maven the message names the three ways out', () => {
  for (const way of WAYS_OUT) {
    expect(() => findJava({ PATH: '/nowhere' })).toThrow(way);
    expect(() => findMaven({ PATH: '/nowhere' })).toThrow(way);
  }
});
