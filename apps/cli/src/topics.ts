import type { Topic } from '@ds01/command-line';

/** What people ask about that is no command. Examples only look. */
export const topics: readonly Topic[] = [
  {
    name: 'gpus',
    summary: 'How GPUs are given out',
    paragraphs: [
      'A container gets its GPU when it is made and keeps it while it runs; nobody else can use it. Without --gpus it is the largest free slot that you may have: a whole GPU or a MIG instance.',
      'Stopping a container keeps its GPU for a while, so that it can start again. Retiring it gives the GPU back at once. Your files in the workspace stay in both cases.',
      'When nothing is free, ds01 gpu explain says why each slot was passed over, and ds01 container deploy --wait waits for your turn in one queue for everybody: who used less lately comes sooner, who waits long comes in any case. ds01 queue position says where you stand.',
    ],
    examples: ['ds01 gpu status', 'ds01 gpu explain', 'ds01 queue list'],
  },
  {
    name: 'files',
    summary: 'Which files stay',
    paragraphs: [
      'The folder ~/workspace/NAME of this server is /workspace in the container NAME. It is yours, and it stays when the container goes. Folders given with --data are readable below /data.',
      'Everything else in a container goes with it: what was installed there, and files outside of /workspace. ds01 container save-packages keeps what was installed.',
    ],
    examples: ['ds01 container list --all'],
  },
  {
    name: 'images',
    summary: 'Images: what containers are made from',
    paragraphs: [
      'An image is a set of programs and libraries. Its recipe is a Dockerfile in the folder of your project: image create writes one and builds it, image update changes it, and it is yours to edit. Every step of it is a layer; layers that have not changed are not built again.',
      'Each build is a version with a tag that never changes, such as b20261122-1; latest is the one in use. image history lists them, image tag keeps one under a name, image rollback goes back, image diff tells what changed.',
      'Your images are called as you call them: thesis, thesis:experiment-42. Nobody else sees them unless you share them. A container keeps what it was made from; deploy it again to get a new version. What was installed in a container goes with it, unless container save-packages writes it into the image.',
    ],
    examples: ['ds01 image list', 'ds01 image bases'],
  },
  {
    name: 'leaving',
    summary: 'How to leave a container, and what goes on without you',
    paragraphs: [
      'Type exit, or press Ctrl-D: the shell ends, the container and everything else in it go on. Ctrl-P Ctrl-Q leaves without ending the shell; container run goes back to it, also after a lost connection. In a container, ds01-help says how things are there.',
      'A container that goes on keeps its GPU. container stop ends it and keeps its GPU for a while, container retire ends it for good and gives the GPU back at once.',
      'One with a GPU is also stopped by itself when nobody uses it for a while, and when it has run for as long as your limits allow; you are warned before. container explain says when and why, container keep postpones it while you are away, container extend is for longer runs.',
    ],
    examples: ['ds01 container list'],
  },
  {
    name: 'names',
    summary: 'Names of containers, and of the commands themselves',
    paragraphs: [
      'A container is called as you call it: thesis. Docker shows it as thesis._. and your name. Other people may have a thesis too; you see only yours.',
      'ds01 container deploy, container deploy and container-deploy are one command. The predecessor’s names work as well: container-ls, check-limits, dashboard. The word help alone is a builtin of bash: type ds01 help.',
    ],
    examples: ['ds01 help container-deploy', 'ds01 container ls'],
  },
  {
    name: 'scripts',
    summary: 'Using ds01 in scripts',
    paragraphs: [
      'With --json a command prints one JSON document on standard output, also when it fails; everything else goes to standard error. A script without a terminal is asked nothing; on a terminal --yes answers every question. With --dry-run nothing is changed.',
      'Exit codes: 0 ok, 1 a fault of DS01, 2 wrong usage, 3 not found, 4 not possible in this state, 5 no capacity or a limit, 6 no daemon or engine, 7 not allowed, 8 too slow, 130 interrupted. container run, exec and attach pass on the code of what ran inside; their own failures are 125.',
      'Colours and moving lines are for terminals. NO_COLOR, --no-color and TERM=dumb turn them off, FORCE_COLOR turns colours on, COLUMNS sets the width of tables.',
    ],
    examples: ['ds01 container list --json', 'ds01 gpu status --json'],
  },
];
