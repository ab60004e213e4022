import { containerIdSchema } from '@ds01/contracts';
import type { ContainerListing } from '@ds01/ports';
import { describe, expect, test } from 'vitest';
import { contractCommands, type ContractFixture, execOf, codeOf, untilEnded } from './fixture.ts';

/** States, names and the listing. */
export function describeLife(fixture: ContractFixture): void {
  describe('life of a container', () => {
    const { create, start, spec } = fixture;

    test('starting, stopping and killing change the state; a second start or stop is fine', async () => {
      const id = await create();
      await fixture.engine.startContainer(id);
      await fixture.engine.startContainer(id);
      const running = await fixture.engine.inspectContainer(id);
      expect(running).toMatchObject({ state: 'running', exitCode: null });
      expect(running.pid).toBeGreaterThan(0);
      expect(running.startedAtMs).toBeGreaterThanOrEqual(running.createdAtMs);
      await fixture.engine.stopContainer(id, { timeoutSeconds: 1 });
      await fixture.engine.stopContainer(id, { timeoutSeconds: 1 });
      const stopped = await fixture.engine.inspectContainer(id);
      expect(stopped).toMatchObject({ state: 'exited', pid: null });
      expect(stopped.exitCode).toBeGreaterThan(128);
      expect(stopped.finishedAtMs).toBeGreaterThanOrEqual(running.startedAtMs ?? Infinity);
      await fixture.engine.startContainer(id);
      await fixture.engine.killContainer(id, 'SIGKILL');
      await untilEnded(fixture.engine, id);
      expect(await fixture.engine.inspectContainer(id)).toMatchObject({
        state: 'exited',
        exitCode: 137,
      });
      expect(await codeOf(fixture.engine.killContainer(id, 'SIGKILL'))).toBe('engine.conflict');
    });

    test('the exit code of the main process is recorded', async () => {
      const id = await start({ command: contractCommands.exitThree });
      await untilEnded(fixture.engine, id);
      expect(await fixture.engine.inspectContainer(id)).toMatchObject({
        state: 'exited',
        exitCode: 3,
      });
    });

    test('pausing needs a running container, unpausing a paused one', async () => {
      const id = await create();
      expect(await codeOf(fixture.engine.pauseContainer(id))).toBe('engine.conflict');
      await fixture.engine.startContainer(id);
      expect(await codeOf(fixture.engine.unpauseContainer(id))).toBe('engine.conflict');
      await fixture.engine.pauseContainer(id);
      expect((await fixture.engine.inspectContainer(id)).state).toBe('paused');
      expect(await codeOf(fixture.engine.pauseContainer(id))).toBe('engine.conflict');
      expect(await codeOf(fixture.engine.startContainer(id))).toBe('engine.conflict');
      expect(await codeOf(fixture.engine.exec(id, execOf(contractCommands.copyInput)))).toBe(
        'engine.conflict',
      );
      await fixture.engine.unpauseContainer(id);
      expect((await fixture.engine.inspectContainer(id)).state).toBe('running');
    });

    test('a running container is removed only by force, and one that is gone without complaint', async () => {
      const id = await start();
      expect(await codeOf(fixture.engine.removeContainer(id, { force: false }))).toBe(
        'engine.conflict',
      );
      await fixture.engine.removeContainer(id, { force: true });
      await fixture.engine.removeContainer(id, { force: false });
      expect(await codeOf(fixture.engine.inspectContainer(id))).toBe('container.not-found');
      expect(await codeOf(fixture.engine.startContainer(id))).toBe('container.not-found');
    });

    test('a container takes a new name unless another has it', async () => {
      const id = await create();
      await create({ dockerName: 'contract-other' });
      expect(await codeOf(fixture.engine.renameContainer(id, 'contract-other'))).toBe(
        'container.exists',
      );
      await fixture.engine.renameContainer(id, 'contract-renamed');
      expect((await fixture.engine.inspectContainer('contract-renamed')).id).toBe(id);
      expect(await codeOf(fixture.engine.inspectContainer('contract'))).toBe('container.not-found');
    });

    test('one request lists all containers with state and labels', async () => {
      const running = await start({ labels: { mark: 'yes' } });
      const created = await create({ dockerName: 'contract-other' });
      let rows: readonly ContainerListing[] = [];
      const requests = await fixture.subject.countRequests(async () => {
        rows = await fixture.engine.listContainers();
      });
      expect(requests).toBe(1);
      expect(rows.find((row) => row.id === running)).toMatchObject({
        dockerName: 'contract',
        image: fixture.subject.image,
        state: 'running',
        labels: { mark: 'yes' },
      });
      expect(rows.find((row) => row.id === created)).toMatchObject({
        state: 'created',
        labels: {},
      });
      const some = { only: [created, containerIdSchema.parse('e'.repeat(64))] };
      expect(await fixture.engine.listContainers(some)).toEqual(
        rows.filter(({ id }) => id === created),
      );
    });

    test('the gate stops a container with GPUs from starting, in its own words', async () => {
      const id = await create({ deviceUuids: fixture.subject.deviceUuids });
      fixture.subject.setGate('no lease for this container: run container-start instead');
      await expect(fixture.engine.startContainer(id)).rejects.toMatchObject({
        code: 'gate.refused',
        message: 'no lease for this container: run container-start instead',
      });
      expect((await fixture.engine.inspectContainer(id)).pid).toBeNull();
      const plain = await start({ dockerName: 'contract-plain' });
      expect((await fixture.engine.inspectContainer(plain)).state).toBe('running');
    });

    test('a reading of a stopped container is all zero', async () => {
      const memoryBytes = 64 * 2 ** 20;
      const id = await create({ resources: { memoryBytes } });
      expect(await fixture.engine.stats(id)).toMatchObject({
        cpuPercent: 0,
        memoryBytes: 0,
        memoryLimitBytes: memoryBytes,
        pids: 0,
      });
    });

    test('an aborted signal interrupts before anything happens', async () => {
      const signal = AbortSignal.abort();
      expect(await codeOf(fixture.engine.listContainers({ signal }))).toBe('operation.interrupted');
      expect(await codeOf(fixture.engine.createContainer(spec(), { signal }))).toBe(
        'operation.interrupted',
      );
      expect(await codeOf(fixture.engine.inspectContainer('contract'))).toBe('container.not-found');
    });
  });
}
