import { basename, join } from 'node:path';
import { objectNameRule, readObjectName, type BaseImage } from '@ds01/contracts';
import { useCases } from '@ds01/dockerfile-builder';
import type { PersonFiles } from '../images/person-files.ts';
import type { Choice, Prompter } from './prompter.ts';
import type { WizardTools } from './deploy-wizard.ts';

/** What the wizard for images asks with. */
export interface CreateTools extends WizardTools {
  readonly files: Pick<PersonFiles, 'me' | 'readText'>;
  /** The folder where the person is. */
  readonly cwd: string;
}

const leave = '+leave';
const other = '+other';

/**
 * Asks what a new image shall be, and gives the words of the command that makes it, after `ds01 image`;
 * `null` when nothing is to be done. `given` is the name when it was typed. Changes nothing.
 */
export async function askCreate(
  tools: CreateTools,
  given: string | null,
): Promise<readonly string[] | null> {
  const { prompter } = tools;
  const name = given ?? (await askName(tools));
  const old = await askAboutOld(tools, name);
  if (old !== 'write') return old;
  const base = await askBase(tools);
  const contents = await askContents(tools, name);
  const packages = await prompter.text('More Python packages? (Enter for none)', '');
  const system = await prompter.text('System packages, such as tree? (Enter for none)', '');
  const build = await prompter.select('And then?', [
    { value: 'build', label: 'build it now' },
    { value: 'no', label: 'only write the Dockerfile' },
  ]);
  return [
    'create',
    name,
    ...base,
    ...contents,
    ...(packages === '' ? [] : ['--packages', packages]),
    ...(system === '' ? [] : ['--system', system]),
    ...(build === 'no' ? ['--no-build'] : []),
  ];
}

async function askName({ prompter, files, cwd }: CreateTools): Promise<string> {
  const { workspaces } = files.me;
  const here = cwd.startsWith(`${workspaces}/`) ? cwd.slice(workspaces.length + 1) : '';
  const read = readObjectName(basename(here.split('/')[0] ?? ''));
  let proposed: string = here !== '' && read.ok ? read.name : 'thesis';
  for (;;) {
    const answer = readObjectName(await prompter.text('What shall it be called?', proposed));
    if (answer.ok) return answer.name;
    proposed = answer.suggestion;
    prompter.say(`${JSON.stringify(answer.given)} can’t be a name: ${objectNameRule}.`);
  }
}

/** What becomes of a Dockerfile that is there. */
async function askAboutOld(
  { prompter, files }: CreateTools,
  name: string,
): Promise<readonly string[] | null | 'write'> {
  const path = join(files.me.workspaces, name, 'Dockerfile');
  if ((await files.readText(path)) === null) return 'write';
  const chosen = await prompter.select(`There is a ${path}.`, [
    { value: 'build', label: 'build from it' },
    { value: 'write', label: 'write a new one', hint: 'you are asked before it is replaced' },
    { value: leave, label: 'nothing' },
  ]);
  if (chosen === 'write') return 'write';
  return chosen === 'build' ? ['build', name] : null;
}

async function askBase({ api, prompter, signal }: CreateTools): Promise<readonly string[]> {
  const { bases } = await api.call('images.bases', { framework: null }, { signal });
  const choices = [
    ...frameworkChoices(bases),
    { value: other, label: 'another image', hint: 'of this server or a registry' },
  ];
  const chosen = await prompter.select('What shall it begin with?', choices);
  if (chosen !== other) return ['--framework', chosen];
  return ['--base', await prompter.text('Which image?', 'python:3.12-slim')];
}

/** Frameworks that this server can run, PyTorch first, each with its newest version. */
function frameworkChoices(bases: readonly BaseImage[]): readonly Choice<string>[] {
  const names = new Map<string, BaseImage>();
  for (const base of bases) {
    const name = base.framework.toLowerCase();
    if (base.runs !== false && !names.has(name)) names.set(name, base);
  }
  return [...names]
    .toSorted(([one], [two]) => Number(two === 'pytorch') - Number(one === 'pytorch'))
    .map(([value, { framework }]) => ({ value, label: framework }));
}

async function askContents(
  { prompter, files }: CreateTools,
  name: string,
): Promise<readonly string[]> {
  const list = join(files.me.workspaces, name, 'requirements.txt');
  const hasList = (await files.readText(list)) !== null;
  const chosen = await prompter.select('What shall be in it?', [
    ...(hasList ? [{ value: 'list', label: `what ${list} says` }] : []),
    { value: 'case', label: 'packages for a use case' },
    { value: 'file', label: 'what a file of requirements says' },
    { value: 'none', label: 'nothing yet' },
  ]);
  if (chosen === 'list') return ['--requirements', list];
  if (chosen === 'none') return [];
  if (chosen === 'file') {
    return ['--requirements', await prompter.text('Which file?', 'requirements.txt')];
  }
  return askUseCase(prompter);
}

async function askUseCase(prompter: Prompter): Promise<readonly string[]> {
  const cases = Object.entries(useCases).map(([value, { title, packages }]) => ({
    value,
    label: title,
    hint: packages.join(' '),
  }));
  const type = await prompter.select('For what?', cases);
  const yesNo = [
    { value: 'yes', label: 'yes' },
    { value: 'no', label: 'no' },
  ];
  const jupyter = await prompter.select('With JupyterLab?', yesNo);
  const science = await prompter.select('With pandas, matplotlib and the like?', yesNo);
  return [
    '--type',
    type,
    ...(jupyter === 'no' ? ['--no-jupyter'] : []),
    ...(science === 'no' ? ['--no-data-science'] : []),
  ];
}
