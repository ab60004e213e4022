import { spawn, type ChildProcess } from 'node:child_process';
import { containerIdSchema } from '@ds01/contracts';
import { afterEach, expect, test } from 'vitest';
import { createLeftBehind, type LeftBehindOptions } from './left-behind.ts';

const id = containerIdSchema.parse('ab'.repeat(32));
const other = containerIdSchema.parse('cd'.repeat(32));

const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

/** A process that waits for its end, with this name and these words after it. */
function startProcess(name = 'sh', words: readonly string[] = []): number {
  const child = spawn('/bin/sh', ['-c', 'read line', name, ...words], { argv0: name });
  children.push(child);
  return child.pid ?? 0;
}

const startShim = (of: string): number =>
  startProcess('/usr/bin/containerd-shim-runc-v2', ['-namespace', 'moby', '-id', of]);

function isOver(pid: number): boolean {
  return children.find((child) => child.pid === pid)?.signalCode === 'SIGKILL';
}

function leftBehind(options: Partial<LeftBehindOptions>) {
  return createLeftBehind({
    containerOf: () => null,
    ownerOf: () => 0,
    processes: '/proc',
    patienceMs: 5000,
    letGoMs: 0,
    ...options,
  });
}

test('a container’s processes and its shim are ended, other containers’ are not', async () => {
  const [own, foreign] = [startProcess(), startProcess()];
  const [shim, foreignShim] = [startShim(id), startShim(other)];
  const containerOf = (pid: number) => (pid === own ? id : pid === foreign ? other : null);
  const { ofContainers, endLeftBehind } = leftBehind({ containerOf });
  expect(ofContainers(new Set([id]))).toEqual(new Map([[id, [own]]]));
  expect(await endLeftBehind(id)).toEqual([]);
  expect(ofContainers(new Set([id, other]))).toEqual(new Map([[other, [foreign]]]));
  expect([own, shim, foreign, foreignShim].map(isOver)).toEqual([true, true, false, false]);
});

test('only root’s processes outside containers are shims, whatever others call themselves', async () => {
  const [inside, somebodys] = [startShim(id), startShim(id)];
  const containerOf = (pid: number) => (pid === inside ? other : null);
  const ownerOf = (pid: number) => (pid === somebodys ? 1001 : 0);
  expect(await leftBehind({ containerOf, ownerOf }).endLeftBehind(id)).toEqual([]);
  expect([inside, somebodys].map(isOver)).toEqual([false, false]);
});

test('where nothing is left behind nothing happens', async () => {
  expect(await leftBehind({}).endLeftBehind(id)).toEqual([]);
});
