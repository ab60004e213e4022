import { parseRequirement } from '../requirements/requirement.ts';
import type { TextProblem } from '../requirements/text-problem.ts';
import { normaliseFramework, type Accelerator, type CatalogueEntry } from './entry.ts';
import { gpuArchitectures } from './gpu-architecture.ts';

/** How reading a catalogue ended; `problems` has every one, at least one. */
export type CatalogueResult =
  | { readonly ok: true; readonly entries: readonly CatalogueEntry[] }
  | { readonly ok: false; readonly problems: readonly TextProblem[] };

interface Field {
  readonly text: string;
  readonly column: number;
}

interface RowProblem {
  readonly column: number;
  readonly message: string;
  readonly hint: string | null;
}

const row = 'Pytorch, 2.8.0, [CUDA_ADA], registry.example.org/pytorch:2.8.0, cuda=12.6';
const architectureNames = new Set<string>([
  ...gpuArchitectures,
  'cuda',
  'rocm5',
  'rocm6',
  'rocm7',
  'cpu',
]);

/** Repository, tag and digest of Docker's reference grammar, loosely: no space, nothing of a shell. */
const imagePattern =
  /^[A-Za-z0-9][\w.-]*(?::\d+)?(?:\/[\w.-]+)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

function fieldsOf(line: string): Field[] {
  const fields: Field[] = [];
  let start = 0;
  for (const part of line.split(',')) {
    const indent = part.length - part.trimStart().length;
    fields.push({ text: part.trim(), column: start + indent + 1 });
    start += part.length + 1;
  }
  return fields;
}

/** `cuda12.8.1` and `cuda110` in an image's name; `null` when it has none with a number. */
function cudaOfImage(image: string): string | null {
  const dotted = /cuda-?(\d{1,2}(?:\.\d+){1,2})/i.exec(image)?.[1];
  if (dotted !== undefined) return dotted;
  const joined = /cuda-?(\d{2})(\d)(?!\d)/i.exec(image);
  if (joined !== null) return `${joined[1]}.${joined[2]}`;
  return null;
}

function readArchitectures(field: Field): readonly string[] | RowProblem {
  const inner = /^\[(.*)\]$/.exec(field.text)?.[1];
  if (inner === undefined) {
    const message = 'the GPU generations stand in square brackets';
    return { column: field.column, message, hint: 'such as [CUDA_ADA;CUDA_AMPERE], or [] for any' };
  }
  const names = inner
    .split(';')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
    .map((name) => (name.startsWith('cuda_') ? name.slice('cuda_'.length) : name));
  const unknown = names.find((name) => !architectureNames.has(name));
  if (unknown === undefined) return names.filter((name) => name !== 'cpu');
  const message = `${unknown} is no GPU generation that is known here`;
  return { column: field.column, message, hint: `known are ${[...architectureNames].join(', ')}` };
}

interface Extra {
  readonly cuda?: string;
  readonly python?: string;
  readonly packages: readonly string[];
}

function readExtras(fields: readonly Field[]): Extra | RowProblem {
  let extra: Extra = { packages: [] };
  for (const { text, column } of fields) {
    const equals = text.indexOf('=');
    const [key, value] = [text.slice(0, equals).trim(), text.slice(equals + 1).trim()];
    const isVersion = /^\d+(?:\.\d+)*$/.test(value);
    if (equals > 0 && key === 'package' && parseRequirement(value).ok) {
      extra = { ...extra, packages: [...extra.packages, value] };
    } else if (equals > 0 && (key === 'cuda' || key === 'python') && isVersion) {
      extra = { ...extra, [key]: value };
    } else {
      const hint = 'after the image come cuda=12.6, python=3.12 or package=name==1.0';
      return { column, message: 'this is nothing that a row can have here', hint };
    }
  }
  return extra;
}

function acceleratorOf(architectures: readonly string[], cuda: string | null): Accelerator {
  if (architectures.some((name) => name.startsWith('rocm'))) return 'rocm';
  return architectures.length > 0 || cuda !== null ? 'cuda' : 'none';
}

function readRow(line: string, source: CatalogueEntry['source']): CatalogueEntry | RowProblem {
  const [framework, version, architectureField, image, ...rest] = fieldsOf(line);
  if (
    framework === undefined ||
    version === undefined ||
    architectureField === undefined ||
    image === undefined
  ) {
    return {
      column: 1,
      message: 'a row has a framework, a version, [GPU generations] and an image',
      hint: row,
    };
  }
  const empty = [framework, version].find((field) => field.text === '');
  if (empty !== undefined)
    return { column: empty.column, message: 'something is missing here', hint: row };
  const architectures = readArchitectures(architectureField);
  if ('message' in architectures) return architectures;
  if (!imagePattern.test(image.text)) {
    return { column: image.column, message: 'this is no name of an image', hint: row };
  }
  const extra = readExtras(rest);
  if ('message' in extra) return extra;
  const cuda = extra.cuda ?? cudaOfImage(image.text);
  return {
    framework: normaliseFramework(framework.text),
    version: version.text,
    architectures,
    image: image.text,
    accelerator: acceleratorOf(architectures, cuda),
    cuda,
    python: extra.python ?? null,
    packages: extra.packages,
    source,
  };
}

/**
 * A catalogue of base images, one a line: framework, version, [GPU generations], image, and then
 * optionally `cuda=`, `python=`, `package=`. Lines with `#` in front and empty ones don't count.
 * The first four are the form that AIME publishes its images in. Refuses, with line and column,
 * rows that lack something and names that are none.
 *
 * @example
 * parseCatalogue('Pytorch, 2.8.0, [CUDA_ADA], registry.example.org/ai/pytorch:2.8.0, cuda=12.6');
 */
export function parseCatalogue(
  text: string,
  options: { readonly file?: string; readonly source?: CatalogueEntry['source'] } = {},
): CatalogueResult {
  const entries: CatalogueEntry[] = [];
  const problems: TextProblem[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const read = readRow(line, options.source ?? 'site');
    if ('message' in read) problems.push({ file: options.file ?? null, line: index + 1, ...read });
    else entries.push(read);
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, entries };
}
