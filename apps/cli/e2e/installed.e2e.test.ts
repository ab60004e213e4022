import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { classicNames } from '@ds01/command-line';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { program } from '../src/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'ds01-installed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const bin = join(folder, 'prefix/bin');

/** Runs an installed program by its name, as a shell does, with this Node. */
function installed(name: string, ...words: readonly string[]) {
  const env = { PATH: `${bin}:${dirname(process.execPath)}:/usr/bin:/bin`, DS01_RUN_DIR: folder };
  const { status, stdout, stderr } = spawnSync(name, words, { env, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

describe('what npm installs', () => {
  beforeAll(() => {
    const script = join(import.meta.dirname, '../scripts/pack.ts');
    const packing = ['--conditions=@ds01/source', script, folder];
    const file = execFileSync(process.execPath, packing, { encoding: 'utf8' }).trim();
    // People's commands need nothing beside the bundle, and so no registry.
    const options = ['--offline', '--omit=optional', '--no-audit', '--no-fund', '--silent'];
    const places = ['--prefix', join(folder, 'prefix'), '--cache', join(folder, 'cache')];
    execFileSync('npm', ['install', '--global', ...options, ...places, file]);
  });

  test('every classic name is a program, and no other', () => {
    const names = classicNames(program);
    expect(readdirSync(bin).toSorted()).toEqual(['ds01', ...names].toSorted());
    expect(names).toEqual(expect.arrayContaining(['container-deploy', 'container-ls', 'version']));
    expect(names).toEqual(expect.arrayContaining(['container', 'check', 'get-limits', 'gpu']));
    expect(names).toEqual(expect.arrayContaining(['commands', 'alias-list', 'container-exit']));
  });

  test('the programs are what their names say', () => {
    expect(installed('ds01', '--version')).toMatchObject({ code: 0, stdout: '0.1.0\n' });
    const help = installed('ds01', 'help', 'container', 'list');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(/^ds01 container list: your running containers\n/);
    for (const words of [
      ['container-list', '--help'],
      ['container', 'list', '-h'],
      ['container-ls', '--help'],
      ['container', 'help', 'list'],
      ['ds01', 'container-list', '--help'],
    ]) {
      const [name = '', ...rest] = words;
      expect(installed(name, ...rest), words.join(' ')).toEqual(help);
    }
    expect(installed('check', 'limits', '--help')).toEqual(installed('check-limits', '--help'));
    expect(installed('container-exit')).toEqual(installed('ds01', 'help', 'leaving'));
    expect(installed('commands')).toEqual(installed('ds01', 'help'));
  });

  test('a noun alone, and nothing at all, show what there is and end with 2', () => {
    const noun = installed('container');
    expect(noun).toMatchObject({ code: 2, stdout: '' });
    expect(noun.stderr).toContain('container deploy');
    const nothing = installed('ds01');
    expect(nothing).toMatchObject({ code: 2, stdout: '' });
    expect(nothing.stderr).toContain('Usage:\n  ds01 <command> [flags]');
  });

  test('Node takes no flag out of the words of a command, nor its own from a file of theirs', () => {
    const file = join(folder, 'variables');
    writeFileSync(file, 'NODE_OPTIONS=--import=data:text/javascript,console.log(1)\n');
    for (const named of [file, join(folder, 'none')]) {
      const result = installed('container-list', '--env-file', named);
      expect(result).toMatchObject({ code: 2, stdout: '' });
      expect(result.stderr).toContain("unknown option '--env-file'");
    }
  });

  test('completion needs no daemon for what needs none, and is silent about the rest', () => {
    expect(installed('ds01', '__complete', 'ds01', 'contai').stdout).toMatch(/^container\t/);
    const flags = installed('ds01', '__complete', 'container-deploy', '--back');
    expect(flags).toEqual({
      code: 0,
      stdout: '--background\tstart it and return\n',
      stderr: '',
    });
    const names = installed('ds01', '__complete', 'container-stop', '');
    expect(names).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('completion waits a second for a daemon that says nothing, and no longer', async () => {
    const silent = createServer();
    await once(silent.listen(join(folder, 'ds01.sock')), 'listening');
    const beganMs = performance.now();
    const names = installed('ds01', '__complete', 'container-stop', '');
    const tookMs = performance.now() - beganMs;
    silent.close();
    expect(names).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(tookMs).toBeLessThan(10_000);
  });
});
