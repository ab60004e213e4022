import { signLabels } from '@ds01/contracts';
import { createSigningKey } from '@ds01/store';
import type { Sandbox } from './sandbox.ts';

const createdAtOnce = 8;
const people = 40;

/** Containers as DS01 makes them for many people, never started. */
export async function createKnownContainers(
  { engine, host }: Pick<Sandbox, 'engine' | 'host'>,
  count: number,
): Promise<void> {
  const key = createSigningKey({ directory: host.paths.stateDirectory });
  const create = async (index: number): Promise<void> => {
    const user = `user${String(index % people)}`;
    const name = `job${String(index)}`;
    const image = 'ds01/busybox:latest';
    const created_at = new Date().toISOString();
    await engine.createContainer({
      dockerName: `${name}._.${user}`,
      image,
      command: null,
      env: ['NVIDIA_VISIBLE_DEVICES=void'],
      labels: signLabels({ user, uid: '42001', name, managed: 'true', image, created_at }, key),
      user: '42001:42001',
      groupIds: [],
      workingDirectory: '/',
      hostname: name,
      tty: true,
      openStdin: true,
      deviceUuids: [],
      mounts: [],
      tmpfs: {},
      resources: {},
      logOptions: {},
      cgroupParent: null,
      capabilitiesDropped: ['ALL'],
      securityOptions: ['no-new-privileges'],
      init: true,
      network: { mode: 'none', aliases: [] },
      ports: [],
    });
  };
  const waiting = Array.from({ length: count }, (_, index) => index);
  const worker = async (): Promise<void> => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      await create(index);
    }
  };
  await Promise.all(Array.from({ length: createdAtOnce }, worker));
}
