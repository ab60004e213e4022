import { labelNames, labelSchemaVersion, type LabelName } from '@ds01/contracts';
import { code, notice, page, table } from './markdown.ts';

const texts: Readonly<Record<LabelName, string>> = {
  version: `version of this list, ${code(labelSchemaVersion)}`,
  user: 'account name of the owner, exactly as the system has it',
  uid: 'the uid that its processes run as',
  name: 'what the owner calls it: `thesis`',
  managed: '`true`: DS01 made it',
  interface: 'how it was made: `orchestration` (deploy) or `atomic` (create)',
  request: 'hash of what was asked for; the same request finds the same container',
  project: 'the project whose workspace it has',
  image: 'image as it was asked for',
  workspace: 'the folder of the host that is mounted at `/workspace`',
  created_at: 'when it was made, RFC 3339, UTC',
  lease: 'the lease that gave it its GPUs',
  'gpu.slots': 'slots at that moment: `0`, `0:1`; a comma between several. For display',
  'gpu.uuids': 'UUIDs of these slots; a comma between several',
  'gpu.equivalents': 'what they count against the owner’s quota; a whole GPU is 1',
  job: 'the batch job that it belongs to',
  protected: '`true`: never stopped by a rule (administrators)',
  monitoring: '`true`: part of the site’s monitoring (administrators)',
  mounts:
    'what it needs on the host, as JSON: image of its passwd file, data folders, secrets or none, ' +
    'network. Since version 3; version 2 is read too',
};

/** The page about the labels on containers. */
export function labelsPage(): string {
  return page(
    '# Labels',
    notice,
    'Every container that DS01 makes carries all of these, empty where one does not apply, so that ' +
      'labels of its image never count. They hold what was true when it was made. `ds01.sig` is a ' +
      'signature (HMAC-SHA-256) over the others with a key that only DS01 reads; a container without a ' +
      'valid one is foreign: whatever its labels say, nothing starts in it through DS01, and ' +
      '[the guide](../guide/admins.md#what-was-there-before) says whose it is taken for. Labels beginning with `ds01.` are refused when ' +
      'people ask for them.',
    table(
      ['label', 'value'],
      [
        ...labelNames.map((name) => [code(`ds01.${name}`), texts[name]]),
        [code('ds01.sig'), 'the signature, hexadecimal'],
      ],
    ),
    'To list them: `docker inspect --format "{{json .Config.Labels}}" <container>`.',
  );
}
