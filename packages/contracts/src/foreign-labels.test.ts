import { describe, expect, test } from 'vitest';
import { readForeignLabels } from './foreign-labels.ts';

/** As the predecessor's `mlc create` writes them. */
const predecessor = {
  'ds01.user': 'h.baker@example.org',
  'ds01.name': 'thesis',
  'ds01.arch': 'CUDA_AMPERE',
  'ds01.mlc_version': '4',
  'ds01.work_mount': '/home/h.baker/workspace/thesis',
  'ds01.data_mount': '',
  'ds01.framework': 'Pytorch-2.5.1',
  'ds01.managed': 'true',
  'ds01.interface': 'orchestration',
  'ds01.created_at': '2026-01-05T09:00:00+01:00',
  'ds01.gpu.allocated': '0.1',
  'ds01.gpu.slots': '0.1',
  'ds01.gpu.slot_count': '1',
  'ds01.gpu.uuid': 'MIG-4f2c',
  'devcontainer.workspaceFolder': '/workspace',
};

describe('labels of a container that DS01 did not make', () => {
  test('of the predecessor tell owner, name, workspace, GPU and how it was made', () => {
    expect(readForeignLabels(predecessor)).toEqual({
      users: ['h.baker@example.org'],
      name: 'thesis',
      workMount: '/home/h.baker/workspace/thesis',
      devcontainerFolder: null,
      composeFolder: null,
      infrastructure: false,
      gpus: ['MIG-4f2c'],
      interface: 'orchestration',
    });
  });

  test('of its oldest form are read for owner, name and workspace', () => {
    const labels = {
      'aime.mlc': 'alice',
      'aime.mlc.USER': 'alice',
      'aime.mlc.NAME': 'thesis',
      'aime.mlc.WORK_MOUNT': '/home/alice/thesis',
    };
    expect(readForeignLabels(labels)).toMatchObject({
      users: ['alice'],
      name: 'thesis',
      workMount: '/home/alice/thesis',
      interface: 'atomic',
    });
  });

  test.each([
    [{ 'ds01.gpu.uuids': 'GPU-1,GPU-2', 'ds01.gpu.slots': '0,1' }, ['GPU-1', 'GPU-2']],
    [{ 'ds01.gpu.slots': '0.1,2' }, ['0:1', '2']],
    [{ 'ds01.gpu_slot': 'MIG-1' }, ['MIG-1']],
    [{ 'ds01.gpu_slot': '1.0' }, ['1:0']],
    [{ 'ds01.gpu.uuid': '<no value>' }, []],
    [{ 'ds01.gpu.uuid': '' }, []],
  ])('%j tell the GPUs %j', (labels, gpus) => {
    expect(readForeignLabels(labels).gpus).toEqual(gpus);
  });

  test('in the form that DS01 signs say nothing without the signature', () => {
    const labels = {
      'ds01.user': 'bob',
      'ds01.uid': '1002',
      'ds01.name': 'thesis',
      'ds01.managed': 'true',
      'ds01.interface': 'orchestration',
      'ds01.gpu.uuids': 'GPU-1',
    };
    expect(readForeignLabels(labels)).toMatchObject({
      users: [],
      name: null,
      gpus: [],
      interface: null,
    });
  });

  test.each([
    [{ 'ds01.container_type': 'compose' }, 'compose'],
    [{ 'ds01.interface': 'vscode' }, 'devcontainer'],
    [{ 'ds01.interface': 'unknown', 'ds01.managed': 'true' }, 'atomic'],
    [{ 'devcontainer.local_folder': '/home/alice/x' }, 'devcontainer'],
    [{ 'com.docker.compose.project': 'x' }, 'compose'],
    [{ 'devcontainer.workspaceFolder': '/workspace' }, null],
    [{}, null],
  ])('%j tell that it is %j', (labels, door) => {
    expect(readForeignLabels(labels).interface).toBe(door);
  });

  test.each(['ds01.monitoring', 'ds01.protected'])('%s marks what serves everybody', (label) => {
    expect(readForeignLabels({ [label]: 'true' }).infrastructure).toBe(true);
    expect(readForeignLabels({ [label]: '' }).infrastructure).toBe(false);
  });

  test('a name that no container could have is none', () => {
    expect(readForeignLabels({ 'ds01.name': '../../etc' }).name).toBeNull();
  });
});
