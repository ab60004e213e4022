#!/bin/sh
# Says that packages are being installed. pnpm itself is kept silent (docs/adr/0001-toolchain.md),
# and the output of an install script is swallowed with it, so this writes to the standard error of
# pnpm, whose process id is the only argument. Nothing is printed when packages are there already.
modules=node_modules/.modules.yaml
[ -e "$modules" ] && exit 0
stderr=/proc/$1/fd/2
pnpm_pid=$1
# In a regular file a second writer would be overwritten: nobody watches that either.
[ -f "$stderr" ] && exit 0
say() { (printf '%s\n' "$1" >>"$stderr") 2>/dev/null; }
say 'ds01: installing the npm packages of pnpm-lock.yaml, Node 24 among them, into ./node_modules'
say '      (about 350 MB on disk, kept in the pnpm store; half a minute the first time)'
(
  seconds=0
  while [ ! -e "$modules" ] && kill -0 "$pnpm_pid" && [ "$seconds" -lt 600 ]; do
    sleep 1
    seconds=$((seconds + 1))
    [ $((seconds % 5)) -eq 0 ] || continue
    count=$(ls node_modules/.pnpm 2>/dev/null | wc -l)
    say "ds01: still installing, ${seconds} s, ${count} packages in place"
  done
  [ -e "$modules" ] && say "ds01: packages installed, ${seconds} s"
) </dev/null >/dev/null 2>&1 &
exit 0
