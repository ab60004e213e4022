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
  ...both('limits show'),
  ...both('check-limits'),
  ...both('motd'),
  ...both('image list', '', /\d+(?:\.\d+)? [KM]iB|"sizeBytes": \d+|sha256:[0-9a-f]+/g),
  ...both('doctor', '', /(?<=engine: |"message": "Docker ).*(?=$|",)/gm),
  ...both('version'),
  step('container deploy', `thesis ${image} --background --dry-run`),
  step('container deploy', `thesis ${image} --background`),
  step('container deploy', `thesis ${image} --background`),
  step('container deploy', `sweep ${image} --gpus 2 --background --json`),
  step('container deploy', 'poem --image ds01-alice/nothing'),
  step('container create', `notes ${image} --cpu-only`),
  step('container create', `later ${image} --json`),
  ...both('container list', '--all'),
  step('container list', '--all --user bob'),
  ...both('container show', 'thesis', /"pid": \d+|172\.\S+/g),
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
