import type { LayerChange } from '@ds01/ports';
import { expect, test } from 'vitest';
import { worthKeeping } from './keep-layer.ts';

const mounts = ['/workspace', '/etc/passwd', '/etc/ds01/shrc', '/etc/ds01/zsh/.zshenv'].map(
  (target) => ({ target, source: '/engine/pins/x', readOnly: true }),
);
const details = { mounts, env: ['HOME=/home/alice', 'USER=alice'] };

/** What a container that nobody changed anything in looks like, as `docker diff` writes it. */
const untouched = `A /workspace
C /etc
A /etc/ds01
A /etc/ds01/shrc
A /etc/ds01/zsh
A /etc/ds01/zsh/.zshenv
A /home
A /home/alice
A /sbin
A /sbin/docker-init
C /usr
C /usr/bin
A /usr/bin/nvidia-smi
C /usr/lib
A /usr/lib/x86_64-linux-gnu/libcuda.so.550.54.15
C /etc/ld.so.cache`;

function changesOf(text: string): readonly LayerChange[] {
  const kinds = { A: 'added', C: 'modified', D: 'deleted' } as const;
  return text.split('\n').map((line) => ({
    kind: kinds[line.startsWith('A') ? 'A' : line.startsWith('C') ? 'C' : 'D'],
    path: line.slice(2),
  }));
}

test('nothing is kept of a container in which nothing was changed', () => {
  expect(worthKeeping(changesOf(untouched), details)).toEqual([]);
});

test.each([
  'A /home/alice/.bashrc',
  'A /usr/local/lib/python3.11/site-packages/numpy',
  'A /usr/lib/python3/dist-packages/nvidia/cublas',
  'C /etc/ssh/sshd_config',
  'D /usr/bin/vi',
  'A /opt/tool',
])('%s is worth keeping', (line) => {
  const found = worthKeeping(changesOf(`${untouched}\n${line}`), details);
  expect(found.map(({ path }) => path)).toEqual([line.slice(2)]);
});
