import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readTlsFiles, tlsStamp } from './tls-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'ds01-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));

function made(name: string) {
  const certificate = join(folder, `${name}.pem`);
  const key = join(folder, `${name}.key`);
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const files = ['-subj', '/CN=ds01', '-keyout', key, '-out', certificate, '-noenc', '-days', '1'];
  execFileSync('openssl', [...words, ...files], { stdio: 'pipe' });
  return { certificate, key };
}

test('a certificate is taken with its own key alone, and another one is noticed', () => {
  const [one, other] = [made('one'), made('other')];
  expect(readTlsFiles(one).cert).toContain('BEGIN CERTIFICATE');
  expect(() => readTlsFiles({ ...one, key: other.key })).toThrow('is not the key of');
  const before = tlsStamp(one);
  expect(tlsStamp(one)).toBe(before);
  writeFileSync(one.certificate, 'nonsense');
  expect(tlsStamp(one)).not.toBe(before);
  expect(() => readTlsFiles(one)).toThrow(/PEM|ASN1|no start line/i);
  rmSync(one.key);
  expect(() => readTlsFiles(one)).toThrow('ENOENT');
  expect(tlsStamp(one)).not.toBe('');
});
