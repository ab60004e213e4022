import type { Slug } from '@ds01/contracts';

/** Shorthands for interactive shells: name -> command. Images that have one of the name keep theirs. */
const shorthands: readonly (readonly [string, string])[] = [
  ['ll', 'ls -l'],
  ['la', 'ls -A'],
  ['ws', 'cd /workspace'],
  ['cdw', 'cd /workspace'],
  ['gpu', 'nvidia-smi'],
  ['gpu-watch', 'ds01_gpu_watch'],
  ['gpu-mem', 'nvidia-smi --query-gpu=name,memory.used,memory.total --format=csv'],
  ['jlab', 'jupyter lab --no-browser --ip=0.0.0.0'],
  ['tb', 'tensorboard --bind_all --logdir'],
  ['ds01-help', 'ds01_help'],
  ['exit-help', 'ds01_help'],
  ['how-to-stop', 'ds01_help'],
  ['ds01', 'ds01_outside'],
];

/**
 * The file of shorthands that shells inside read: sh, bash and zsh understand it, and reading it again
 * changes nothing. What an image or its owner calls so already stays what it is.
 */
export function aliasesFile(slug: Slug, name: string): string {
  return `# Made by DS01. Your own aliases go into ~/.bashrc and ~/.profile, and win.
ds01_shell=$$
if [ -n "\${ZSH_VERSION-}" ]; then
  setopt prompt_subst
  ZDOTDIR=$HOME
  if [ -r "$HOME/.zshenv" ]; then . "$HOME/.zshenv"; fi
fi
ds01_help() {
  cat <<'END'
${helpText(slug, name)}
END
}
ds01_gpu_watch() {
  while :; do clear; nvidia-smi; sleep 2; done
}
ds01_outside() {
  echo 'ds01 works on the server, not in here. Leave with: exit' >&2
  return 127
}
ds01_alias() {
  command -v "$1" >/dev/null 2>&1 || alias "$1=$2"
}
${shorthands.map(([short, command]) => `ds01_alias ${short} '${command}'`).join('\n')}
unset -f ds01_alias
:
`;
}

function helpText(slug: Slug, name: string): string {
  return `${name}, a container of ${slug}

  /workspace   your files; they stay
  the rest     goes with the container

  gpu          your GPU, as it is now
  gpu-watch    again every 2 s (Ctrl-C)
  gpu-mem      GPU memory in use
  jlab         Jupyter, where installed
  tb DIR       TensorBoard on DIR
  ll, la       list files
  ws           back to /workspace
  exit         leave; it goes on running

With a GPU it is stopped when unused.
To keep it for a while:
  touch /workspace/.keep-alive

On the server, after exit:
  ds01 container run ${name}
  ds01 container explain ${name}
  ds01 container stop ${name}
  ds01 container retire ${name}`;
}
