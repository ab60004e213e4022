import { describe, expect, test } from 'vitest';
import { codeOf, type ContractFixture } from './fixture.ts';

/** Files in containers. The image has `/etc/passwd` and a link `/bin/sh` to a program. */
export function describeFiles(fixture: ContractFixture): void {
  describe('files in containers', () => {
    const { create, start } = fixture;
    const owner = { uid: 70_000, gid: 3_000_000_000, mode: 0o750 };

    test('a file is read whole whether the container runs or not', async () => {
      const created = await create();
      const running = await start({ dockerName: 'contract-running' });
      for (const id of [created, running]) {
        const bytes = await fixture.engine.readContainerFile(id, '/etc/passwd', { maxBytes: 4096 });
        expect(Buffer.from(bytes ?? []).toString()).toMatch(/^root:/);
      }
    });

    test('what is no regular file has no content, and a large one is refused', async () => {
      const id = await create();
      const read = (path: string) => fixture.engine.readContainerFile(id, path, { maxBytes: 10 });
      for (const nothing of ['/', '/etc', '/etc/missing', '/missing/too', '/etc/passwd/below']) {
        expect(await read(nothing)).toBeNull();
      }
      expect(await codeOf(read('/etc/passwd'))).toBe('engine.error');
      expect(await codeOf(read('/bin/sh'))).toBe('engine.error');
    });

    test('a look at a path does not follow a link at its end', async () => {
      const id = await create();
      const kinds = [];
      for (const path of ['/', '/etc/', '/etc/passwd', '/bin/sh', '/missing', '/etc/passwd/x']) {
        kinds.push((await fixture.engine.statContainerPath(id, path))?.kind ?? null);
      }
      expect(kinds).toEqual(['folder', 'folder', 'file', 'link', null, null]);
    });

    test('a folder is made once, before the first start, below real folders only', async () => {
      const id = await create({
        mounts: [{ source: fixture.subject.folder, target: '/workspace', readOnly: false }],
      });
      const make = (path: string) => codeOf(fixture.engine.makeContainerFolder(id, path, owner));
      expect(await make('/made')).toBeNull();
      expect(await make('/made/below')).toBeNull();
      expect(await fixture.engine.statContainerPath(id, '/made/below')).toEqual({ kind: 'folder' });
      for (const path of ['/made', '/missing/x', '/bin/sh/x', '/etc/passwd/x', '/workspace/x']) {
        expect(await make(path)).toBe('engine.conflict');
      }
      await fixture.engine.startContainer(id);
      expect(await make('/late')).toBe('engine.conflict');
    });

    test('a container that is gone has no files', async () => {
      const gone = await create();
      await fixture.engine.removeContainer(gone, { force: true });
      const { engine } = fixture;
      expect(await codeOf(engine.statContainerPath(gone, '/etc'))).toBe('container.not-found');
      expect(await codeOf(engine.makeContainerFolder(gone, '/x', owner))).toBe(
        'container.not-found',
      );
      expect(await codeOf(engine.readContainerFile(gone, '/etc/passwd', { maxBytes: 10 }))).toBe(
        'container.not-found',
      );
    });
  });
}
