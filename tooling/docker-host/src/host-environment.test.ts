import { expect, test } from 'vitest';
import { hostEnvironment, renderShellLines } from './host-environment.ts';
import type { HostState } from './host-state.ts';

const state: HostState = {
  version: 1,
  name: 'one',
  root: '/r/one',
  id: 'id',
  phase: 'running',
  options: { gpus: 'none', gate: 'none', dataInMemory: false, engineArguments: [] },
  nvidiaSmi: '/r/one/gpu-sim/nvidia-smi',
  toolsRoot: '/nowhere',
  namespaces: [],
};

test('folders that a person chose are kept, those of another host are replaced', () => {
  const own = hostEnvironment(state, { DS01_STATE_DIR: '/mine' });
  expect(own['DS01_STATE_DIR']).toBeUndefined();
  expect(own['DS01_RUN_DIR']).toBe('/r/one/ds01/run');
  const other = { DS01_STATE_DIR: '/r/two/ds01/state', DS01_HOST_ROOT: '/r/two' };
  expect(hostEnvironment(state, other)['DS01_STATE_DIR']).toBe('/r/one/ds01/state');
});

test('shell lines survive quotes in a path', () => {
  expect(renderShellLines({ A: "it's" })).toBe(`export A='it'\\''s'\n`);
});
