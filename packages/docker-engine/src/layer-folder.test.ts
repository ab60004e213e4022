import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { layersSchema, makeLayerFolder } from './layer-folder.ts';

const owner = { uid: 42_001, gid: 42_002, mode: 0o700 };

describe.runIf(process.getuid?.() === 0)('a folder in the writable layer', () => {
  let root = '';
  const at = (...parts: readonly string[]): string => join(root, ...parts);
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ds01-layers-'));
    for (const layer of ['upper', 'init', 'image']) mkdirSync(at(layer));
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const layers = () => ({ upper: at('upper'), lowers: [at('init'), at('image')] });
  const make = () => makeLayerFolder(layers(), '/home/alice', owner);

  test('is its owner’s, in a parent that looks as the image has it', () => {
    mkdirSync(at('image/home'));
    chmodSync(at('image/home'), 0o711);
    expect(make()).toBe(true);
    const { uid, gid, mode } = statSync(at('upper/home/alice'));
    expect([uid, gid, mode & 0o7777]).toEqual([42_001, 42_002, 0o700]);
    expect(statSync(at('upper/home')).mode & 0o7777).toBe(0o711);
  });

  test('has a plain parent where the image has none', () => {
    expect(make()).toBe(true);
    expect(statSync(at('upper/home')).mode & 0o7777).toBe(0o755);
    expect(statSync(at('upper/home')).uid).toBe(0);
  });

  test.each<[string, () => void]>([
    ['the parent is a link', () => symlinkSync('/etc', at('image/home'))],
    [
      'the parent is a link in a layer below one that has a folder',
      () => {
        mkdirSync(at('init/home'));
        symlinkSync('/etc', at('image/home'));
      },
    ],
    [
      'a link has the name',
      () => {
        mkdirSync(at('image/home'));
        symlinkSync('/etc', at('image/home/alice'));
      },
    ],
    ['a folder has the name', () => mkdirSync(at('image/home/alice'), { recursive: true })],
    ['the parent is a file', () => writeFileSync(at('image/home'), '')],
    ['the layer is not here', () => rmSync(at('upper'), { recursive: true })],
  ])('is left to the engine when %s', (_, arrange) => {
    arrange();
    expect(make()).toBe(false);
    if (statSync(at('upper'), { throwIfNoEntry: false }) !== undefined) {
      expect(readdirSync(at('upper'))).toEqual([]);
    }
  });

  test('is left to the engine for other storage, a started container and other depths', () => {
    const data = { UpperDir: at('upper'), LowerDir: at('image') };
    const read = (status: string, name: string) =>
      layersSchema.parse({ State: { Status: status }, GraphDriver: { Name: name, Data: data } });
    expect(read('created', 'overlay2')).toEqual({ upper: at('upper'), lowers: [at('image')] });
    expect(read('running', 'overlay2')).toBeNull();
    expect(read('created', 'btrfs')).toBeNull();
    expect(makeLayerFolder(null, '/home/alice', owner)).toBe(false);
    expect(makeLayerFolder(layers(), '/a/b/c', owner)).toBe(false);
    expect(makeLayerFolder(layers(), '/alice', owner)).toBe(false);
  });
});
