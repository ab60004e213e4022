import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '@ds01/contracts/openapi';
import { z } from 'zod';

const packageSchema = z.looseObject({ version: z.string() });

/** The OpenAPI document of the daemon in the checkout at `root`, a line a value. */
export function openApiText(root: string): string {
  const file = readFileSync(join(root, 'apps/server/package.json'), 'utf8');
  const { version } = packageSchema.parse(JSON.parse(file));
  return `${JSON.stringify(openApiDocument({ version }), null, 1)}\n`;
}
