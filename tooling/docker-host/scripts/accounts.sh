#!/bin/sh
# usage: accounts.sh PINS PASSWD GROUP HOME MARKS COMMAND...
# Runs in a mount namespace of its own whose mounts are still peers of the machine's. Shows PASSWD and
# GROUP as /etc/passwd and /etc/group and HOME as /home, to COMMAND and its children only.
# The machine's own homes stay visible, except where MARKS has an entry of that name. Every mount
# but the pins' stops sending its changes out; what is mounted below PINS still reaches the engine.
set -eu
pins=$1 passwd=$2 group=$3 home=$4 marks=$5
shift 5
awk -v pins="$pins" '$5 != pins && index($5, pins "/") != 1 && /^[^-]* shared:/ { print $5 }' \
  /proc/self/mountinfo | while read -r point; do
  # A mount hidden below another can't be reached by its path; what matters is checked next.
  mount --make-slave "$(printf '%b' "$point")" 2>/dev/null || true
done
for target in /etc/passwd /etc/group /home "$home"; do
  case $(findmnt --noheadings --output PROPAGATION --target "$target") in
    *shared*)
      echo "accounts: mounts at $target would reach the machine" >&2
      exit 4
      ;;
  esac
done
mount --bind "$passwd" /etc/passwd
mount --bind "$group" /etc/group
for folder in /home/*/; do
  name=$(basename "$folder")
  [ -e "$marks/$name" ] || [ "$name" = '*' ] || {
    mkdir -p "$home/$name"
    mount --rbind "/home/$name" "$home/$name"
  }
done
mount --rbind "$home" /home
exec "$@"
