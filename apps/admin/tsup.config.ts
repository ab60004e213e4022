import { readFileSync } from 'node:fs';
import commandLine from '../../tooling/tsup/cli.ts';

const manifest = readFileSync(new URL('package.json', import.meta.url), 'utf8');
const version = /"version":\s*"([^"]+)"/.exec(manifest)?.[1] ?? '0.0.0';

export default { ...commandLine, define: { __DS01_VERSION__: JSON.stringify(version) } };
