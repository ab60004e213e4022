import type { Lesson } from '@ds01/command-line';
import { imageLessons } from './image-lessons.ts';

/**
 * What `--guided` and `--concepts` tell about each command, by its name; the empty name is about DS01
 * as a whole. Commands stand between backticks, and work as they stand.
 */
export const lessons: Readonly<Record<string, Lesson>> = {
  '': {
    before: [
      'This server has GPUs that everybody shares. DS01 gives you a container: a small Linux of your own, with a GPU that nobody else has while you have it.',
      'A container comes from an image, which is a ready-made set of programs. Your files are not in it: /workspace inside is a folder of your home on the server, and it stays when the container goes.',
      'The way through a day: `ds01 container deploy` makes one and opens a shell in it, exit leaves it running, `ds01 container retire` gives the GPU back.',
    ],
    after: [],
  },
  'container deploy': {
    before: [
      'This makes a container for you and starts it. It takes three things: an image (the programs in it), a name that you choose, and a GPU that is free now and allowed to you.',
      'The GPU is yours from now on until you retire the container, or until some time after it was stopped. Your files go to the folder workspace/NAME of your home, which is /workspace inside.',
      'You are asked for whatever the command line does not say. Nothing is made before all answers are there. With --wait the command waits for your turn when no GPU is free.',
    ],
    after: [
      'The container exists and runs. Look at it from outside with `ds01 container list`, go into it with `ds01 container run`.',
      'When you are done for good, retire it: others wait for GPUs.',
    ],
  },
  'container create': {
    before: [
      'This makes a container as deploy does, but does not start it. Its GPU is taken from now on all the same: a container is bound to its GPU when it is made.',
    ],
    after: ['It is there and does nothing yet. Start it with `ds01 container start`.'],
  },
  launch: {
    before: [
      'This makes a container from an image that you name, opens a shell in it, and retires it when you leave. It is for trying something out.',
      'Files below /workspace stay; whatever else you did in it goes with it.',
    ],
    after: ['The container is gone, and its GPU is free again.'],
  },
  'container run': {
    before: [
      'This opens a shell in a container, and starts it first when it does not run. With a command after -- it runs that instead.',
      'You are yourself in there, without root. Type ds01-help inside to see what helps.',
      'Leaving the shell with exit does not stop the container: what you left running in it goes on, and its GPU stays yours.',
    ],
    after: [
      'You are back on the server, and the container goes on. Stop it with `ds01 container stop`, or give its GPU back with `ds01 container retire`.',
    ],
  },
  'container exec': {
    before: [
      'This runs one command in a container that runs, and gives you its output and its exit code. It is what scripts use; for a shell there is `ds01 container run`.',
    ],
    after: [],
  },
  'container attach': {
    before: [
      'This connects your terminal with the main process of a container: the command that it was deployed with. What you type goes to that process.',
      'When the main process ends, the container stops. Ctrl-P Ctrl-Q leaves it alone. For a second shell beside it, use `ds01 container run`.',
    ],
    after: [],
  },
  'container start': {
    before: [
      'This starts a container that was stopped. It gets its own GPU: as long as it was kept for you, that is certain. Later somebody else may have it.',
      'Then --recreate makes the container again on a free GPU, and keeps what you installed in it.',
    ],
    after: ['It runs again. Go into it with `ds01 container run`.'],
  },
  'container stop': {
    before: [
      'This asks everything in the container to end, and kills what has not ended after a while. Save your work first: programs lose what they hold in memory.',
      'Your files and what you installed stay. The GPU is kept for you for some time, then others may have it. If you need neither the container nor its GPU, retire it instead.',
    ],
    after: [
      'It is stopped. `ds01 container start` goes on with it, `ds01 container retire` ends it for good.',
    ],
  },
  'container restart': {
    before: [
      'This stops a container and starts it again on the GPU that it has. Everything that runs in it ends; files stay.',
    ],
    after: ['It runs again, from the beginning.'],
  },
  'container pause': {
    before: [
      'This freezes all processes of a container where they are. They use no CPU, but keep their memory and their GPU: nobody else gets it.',
      'It is for a few minutes. For a longer break stop the container, so that others can work.',
    ],
    after: ['It stands still. `ds01 container unpause` lets it go on.'],
  },
  'container unpause': {
    before: ['This lets a paused container go on exactly where it stood.'],
    after: ['It runs again.'],
  },
  'container remove': {
    before: [
      'This removes a container that is stopped. What was installed in it goes; the files in its workspace stay on the server.',
      'A stopped container counts against your limit of containers, so remove what you no longer need.',
    ],
    after: ['It is gone. Your files are where they were.'],
  },
  'container retire': {
    before: [
      'This is the end of a container: it is stopped and removed, and its GPU is free for others at once.',
      'Files below /workspace stay on the server. What was installed in the container goes. Deploying again with the same name gives you the same files in a fresh container.',
    ],
    after: ['It is gone, and its GPU is free. Your files are where they were.'],
  },
  'container rename': {
    before: [
      'This gives a container another name. Its workspace stays the folder that it had, and it goes on running meanwhile.',
    ],
    after: ['From now on use the new name.'],
  },
  'container list': {
    before: [
      'This lists your containers that run; with --all the stopped ones too. You see your own only.',
      'A container is created (made, never started), running, paused or stopped. The column GPU names what it holds: 0 is a whole GPU, 0:1 a slice of it.',
    ],
    after: [],
  },
  'container show': {
    before: [
      'This shows everything about one container: its image, its GPU, its limits, and which folders of the server are where inside.',
    ],
    after: [],
  },
  events: {
    before: [
      'This shows what happened to your containers and GPUs, and why: what you did, what a rule did (a warning, a stop, a GPU that went back), and what was refused.',
      'Narrow it with `ds01 events --since today`, with --type lifecycle, or with --container and a name. `ds01 events --follow` goes on as things happen.',
    ],
    after: ['When the next rule will act on a container says `ds01 container explain`.'],
  },
  'container logs': {
    before: [
      'This shows what the main process of a container printed: the command that it was deployed with. What you ran in a shell is not there; redirect that into a file yourself.',
    ],
    after: [],
  },
  'container stats': {
    before: [
      'This shows what your containers use at this moment: CPUs, memory, network, and the GPU. A GPU that stays at 0% could work for somebody else.',
    ],
    after: [],
  },
  'container top': {
    before: ['This shows the processes that run in a container.'],
    after: [],
  },
  'container save-packages': {
    before: [
      'What you installed in a container is in that container alone, and goes with it. This looks at what came since its image was made, writes it with exact versions into the Dockerfile of the image, and builds that.',
      'With --commit the container is kept as it is under a new tag instead. That is quicker, but nobody can read later how it came about.',
    ],
    after: ['The next container of this image has them too.'],
  },
  'container cp': {
    before: [
      'This copies files between the server and a container, as yourself on both sides. You need it for paths outside of /workspace only: that folder is on the server anyway.',
    ],
    after: [],
  },
  'container forward': {
    before: [
      'This makes a port of a container reachable at a port of this server, for you alone, as long as the command runs. A notebook that listens in the container can be opened that way.',
    ],
    after: [],
  },
  'container explain': {
    before: [
      'A container with a GPU is not for ever: it is stopped when nobody uses it for a while, or when it has run for as long as your limits allow. Then the next person gets the GPU.',
      'This shows what DS01 sees of yours right now (GPU, CPU, network, what is typed), which rule will act when, and what would postpone that.',
    ],
    after: [
      'To be away for a while without losing it: `ds01 container keep`. For a run that takes longer than your limit: `ds01 container extend`.',
    ],
  },
  'container keep': {
    before: [
      'This keeps a container from being stopped for being idle, for as long as you say and the site allows. It is for the break in which a GPU is worth waiting for you; others wait for it meanwhile.',
      'It does nothing about the longest runtime. Inside, touching the file /workspace/.keep-alive does the same.',
    ],
    after: ['When you need it no longer, take it back with `ds01 container keep --off`.'],
  },
  'container extend': {
    before: [
      'This asks for more runtime for one container: for the run that takes longer than your limit allows. Up to what the site grants by itself you have it at once, beyond that an administrator is asked.',
      'Say why with --reason: whoever answers wants to know.',
    ],
    after: ['When it ends now is shown by `ds01 container explain`.'],
  },
  'queue list': {
    before: [
      'When no GPU is free, you can wait for one: `ds01 container deploy --wait` gives you a place in one queue for everybody. Who used less lately comes sooner, who waits long comes in any case, and a big request has GPUs collected for it.',
      'This shows who waits, in the order of their turns, why, and when each turn roughly comes.',
    ],
    after: ['Only your own: `ds01 queue position`.'],
  },
  'queue position': {
    before: [
      'This shows where you stand in the queue, why you wait, and when your turn roughly comes. The time is an estimate: people give GPUs back sooner than they have to, or ask for more time.',
    ],
    after: ['You need it no longer? `ds01 queue leave` lets the next one have your turn.'],
  },
  'queue leave': {
    before: [
      'This gives your place in the queue up, or a GPU that was granted to you and that you did not take yet. Containers that you have stay as they are.',
    ],
    after: ['Who waits again gets a new place.'],
  },
  'token create': {
    before: [
      'A token lets a program, or another machine of yours, use this server as you. Its scope says how far it reaches: read only looks, write does what you may do. Its secret is printed once; keep it as you keep a password.',
    ],
    after: ['`ds01 token list` shows its id, by which you end it when it is needed no longer.'],
  },
  'token list': {
    before: [
      'This shows your tokens: what each may do, until when it counts, and from where it was used last. Secrets are kept nowhere, so they can’t be shown.',
    ],
    after: [],
  },
  'token revoke': {
    before: ['This ends a token at once, and everything that is being done with it.'],
    after: [],
  },
  'token rotate': {
    before: [
      'This gives a token another secret: where you fear that somebody has read the old one, or because its end is near. The old secret ends at once.',
    ],
    after: [],
  },
  login: {
    before: [
      'With this you use a server from another machine. It asks for the secret of a token that `ds01 token create laptop` printed on the server itself, tries it, and keeps it in a file that only you can read.',
    ],
    after: [],
  },
  logout: {
    before: [
      'This forgets the token of a server on this machine. On the server the token goes on to count until you revoke it there.',
    ],
    after: [],
  },
  'gpu status': {
    before: [
      'This shows every GPU of the server and who has it. A GPU may be cut into slices (MIG): each is a small GPU with memory of its own, and counts as a part of a GPU.',
    ],
    after: ['Whether you would get one now, and which, is told by `ds01 gpu explain`.'],
  },
  'gpu explain': {
    before: [
      'This tells what a request for a GPU would give you now, with a reason for each slot that it would not. Nothing is taken.',
    ],
    after: [],
  },
  ...imageLessons,
  'limits show': {
    before: [
      'Limits keep the server fair. They come from files of the site, from the general to the special: built-in values, the defaults, your group, yourself. This shows which file and line set each.',
    ],
    after: [],
  },
  'check-limits': {
    before: [
      'This shows what you use of what you may have: GPUs, containers, memory. Stopped containers count too, and so do the GPUs that are kept for them.',
    ],
    after: [],
  },
  notifications: {
    before: [
      'Before a container of yours is stopped you are warned, in good time: in your open terminals, in a file of its workspace, and by mail where the site sends any. This shows which of these are on, and changes them.',
    ],
    after: [],
  },
  motd: {
    before: [
      'A few lines for the moment of login: what you have, what ends soon, and what needs your attention.',
    ],
    after: [],
  },
  doctor: {
    before: [
      'This checks whether what DS01 depends on works: Docker, the GPUs, the gate before them.',
    ],
    after: [],
  },
  completion: {
    before: [
      'With this your shell completes commands, flags and the names of your containers when you press Tab.',
    ],
    after: [],
  },
  version: { before: ['This tells which DS01 this is.'], after: [] },
};
