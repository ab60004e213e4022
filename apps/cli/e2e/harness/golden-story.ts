/** One command line of the story, typed by alice. */
export interface Step {
  /** The command that it shows. */
  readonly of: string;
  /** Without `ds01`; words are parted by single blanks. */
  readonly line: string;
  /** Texts that differ from machine to machine, beyond times and ids. */
  readonly varies?: RegExp;
}

/** Numbers with and without a unit that are no part of a name. */
const amounts = /(?<![\w.:,-])\d+(?:\.\d+)?(?:%|s| s| [KMG]?i?B)?(?![\w.-]|,\d)/g;

/** Names that DS01 thinks of. */
const generated = /\b[a-z]+-[a-z]+(?:-\d+)?\b/g;

/** The names of all programs, which grow with every command. */
const programs = /(?<=complete -F _ds01_complete |for name in )[^\n\\]*/g;

/** Sizes, ids, ages and dates of images. */
const imageFacts =
  /\d+(?:\.\d+)? (?:B|[KMG]iB)\b|"(?:\w*Bytes|durationMs)": \d+|sha256:[0-9a-f]+|just now|\d+ \w+ ago|b\d{8}-\d+|\bin \d+ ?m?s\b|T[\d:]{8}Z/g;

/** How long until something happens, or since it did, and what was measured meanwhile. */
const moments =
  /\bin \d+[dhms](?: \d+[dhms])?\b|\d+[dhms](?: \d+[dhms])? (?:ago|are left)|\d+\.\d %|"(?:value|ranForMs)": \d[\d.]*/g;

/** Times of day, and numbers of events. */
const eventFacts = /\b\d\d:\d\d:\d\d\b(?!\.)|"id": \d+|"olderThan": \d+/g;

/** Ids, secrets and dates of tokens. */
const tokenFacts = /\bt[0-9a-z]{20}\b|ds01_[\w-]+…?|\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?/g;

/** How long somebody waited. */
const waits = /within \d+s/g;

const image = '--image ds01/busybox';
const step = (of: string, rest = '', varies?: RegExp): Step => ({
  of,
  line: `${of} ${rest}`.trim(),
  ...(varies === undefined ? {} : { varies }),
});
/** The same for people and for programs. */
const both = (of: string, rest = '', varies?: RegExp): readonly Step[] => [
  step(of, rest, varies),
  step(of, `${rest} --json`.trim(), varies),
];

/**
 * A day with DS01 in which every command is used, for people and with `--json`: what is printed is
 * kept in `golden/`, a file a command.
 */
export const story: readonly Step[] = [
  ...both('gpu status'),
  ...both('gpu explain', '--gpus 2'),
  step('gpu explain', '--mig 1g.5gb'),
  ...both('queue list'),
  ...both('queue position'),
  step('queue leave', 'nothing'),
  step('queue leave', '--all --json'),
  step('token create', 'laptop --scope read --expires 30d', tokenFacts),
  step('token create', 'phone --scope admin --json'),
  step('token list', '', tokenFacts),
  step('token list', '--all --json', tokenFacts),
  step('token revoke', 't00000000000000000000'),
  step('token revoke', 't00000000000000000000 --json'),
  step('token rotate', 't00000000000000000000'),
  step('token rotate', 't00000000000000000000 --json'),
  step('login', 'http://gpu.example.org:7480'),
  step('login', 'https://127.0.0.1:1 --json'),
  ...both('logout'),
  ...both('limits show'),
  ...both('check-limits'),
  ...both('motd'),
  ...both('image list', '', imageFacts),
  ...both('image bases', '--framework pytorch-cpu', imageFacts),
  step('image create', 'poster --base ds01/busybox --dry-run', imageFacts),
  step('image create', 'poster --base ds01/busybox', imageFacts),
  step('image create', 'poster --base debian --json', imageFacts),
  ...both('image lint', 'poster'),
  step('image build', 'poster', imageFacts),
  step('image build', 'nothing --json', imageFacts),
  step('image update', 'poster --rebuild --tag exp', imageFacts),
  step('image update', 'poster --add-system tree --dry-run --json', imageFacts),
  step('image list', '', imageFacts),
  step('image show', 'ds01/busybox', imageFacts),
  step('image show', 'poster --dockerfile', imageFacts),
  step('image show', 'ds01/busybox --json', imageFacts),
  ...both('image history', 'poster', imageFacts),
  step('image log', 'poster', imageFacts),
  step('image log', 'nothing --json', imageFacts),
  ...both('image diff', 'poster poster:exp', imageFacts),
  step('image tag', 'poster paper', imageFacts),
  step('image tag', 'poster latest --json', imageFacts),
  step('image rollback', 'poster', imageFacts),
  step('image rollback', 'poster --to nothing --json', imageFacts),
  step('image share', 'poster --with bob', imageFacts),
  step('image share', 'poster --with nobody-here --json', imageFacts),
  step('image push', 'poster registry.example.org/alice/poster:v1 --dry-run', imageFacts),
  step('image push', 'poster localhost:5000/poster --json', imageFacts),
  ...both('image pull', 'registry.example.org/alice/poster:v1 --dry-run'),
  ...both('image sbom', 'ds01/busybox', imageFacts),
  ...both('image prune', '', imageFacts),
  step('image delete', 'poster:exp nothing --yes', imageFacts),
  step('image delete', 'poster --yes --json', imageFacts),
  ...both('doctor', '', /(?<=engine: |"message": "Docker ).*(?=$|",)/gm),
  ...both('version'),
  step('container deploy', `thesis ${image} --background --dry-run`),
  step('container deploy', `thesis ${image} --background`, moments),
  step('container deploy', `thesis ${image} --background`, moments),
  step('container deploy', `sweep ${image} --gpus 2 --background --json`),
  step('container deploy', 'poem --image ds01-alice/nothing'),
  step('container create', `notes ${image} --cpu-only`, moments),
  step('container create', `later ${image} --json`),
  step('container deploy', `wide ${image} --gpus 2 --background --wait=1s --quiet`, waits),
  ...both('container list', '--all', moments),
  step('container list', '--all --user bob'),
  ...both('container explain', 'notes', moments),
  step('container explain', 'poem --json'),
  step('container keep', 'thesis --for 2h', moments),
  step('container keep', 'thesis --off'),
  step('container keep', 'thesis --for 1d --json'),
  step('container keep', 'thesis'),
  step('container extend', 'thesis --by 1h', moments),
  step('container extend', 'thesis --by 90d --reason paper --json'),
  ...both('notifications'),
  step('notifications', '--workspace off --dry-run'),
  step('notifications', '--mail nowhere --json'),
  ...both('container show', 'thesis', /"pid": \d+|172\.\S+|in \d\w+(?: \d\w+)?(?=;)/g),
  step('container show', 'poem'),
  step('container show', 'poem --json'),
  step('container run', 'thesis -- echo hello'),
  step('container run', 'thesis --dry-run --json -- echo hello'),
  step('container exec', 'thesis -- sh -c true'),
  step('container exec', 'thesis --dry-run --json -- true'),
  step('container exec', 'notes -- true'),
  ...both('container attach', 'thesis --dry-run'),
  step('container logs', 'poem'),
  ...both('container logs', 'thesis --tail 0'),
  step('container logs', 'thesis --follow --json'),
  ...both('container stats', '', amounts),
  ...both('container top', 'thesis', amounts),
  ...both('container save-packages', 'thesis'),
  ...both('image install', 'thesis six'),
  ...both('container forward', 'thesis 8888 --dry-run'),
  step('container cp', 'thesis:/etc/hostname /tmp/golden-hostname'),
  step('container cp', 'thesis:/etc/hostname /tmp/golden-hostname --json'),
  ...both('container pause', 'thesis'),
  ...both('container unpause', 'thesis'),
  step('container stop', 'thesis'),
  step('container stop', 'sweep --json'),
  step('container start', 'thesis'),
  step('container start', 'sweep --json'),
  step('container restart', 'thesis'),
  step('container restart', 'sweep --json'),
  step('container rename', 'thesis paper'),
  step('container rename', 'paper thesis --json'),
  step('container rename', 'thesis sweep'),
  step('events', '--type container.renamed', eventFacts),
  step('events', '--type container.created --limit 1 --json', eventFacts),
  ...both('events', '--summary --type container.re', eventFacts),
  step('events', '--type nothing'),
  step('events', '--since soon --json'),
  step('launch', '-i ds01/busybox --cpu-only --dry-run', generated),
  step('launch', '-i ds01/busybox --cpu-only -- echo hello', generated),
  step('launch', '-i ds01/busybox --cpu-only --json', generated),
  step('container remove', 'thesis --yes'),
  step('container remove', 'notes --yes'),
  step('container remove', 'later --yes --json'),
  step('container retire', 'thesis --yes'),
  step('container retire', 'sweep --yes --json'),
  step('container retire', '--all --yes', generated),
  step('completion', 'bash', programs),
  step('completion', 'fish --json', programs),
];
