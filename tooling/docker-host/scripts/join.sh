#!/bin/sh
# usage: join.sh COUNT CGROUP... COMMAND...: moves itself into the COUNT cgroup folders that follow,
# then becomes COMMAND, so that COMMAND and all its children are in them from their first instruction.
set -eu
count=$1
shift
while [ "$count" -gt 0 ]; do
  echo $$ >"$1/cgroup.procs"
  shift
  count=$((count - 1))
done
exec "$@"
