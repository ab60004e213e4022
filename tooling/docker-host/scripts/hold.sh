#!/bin/sh
# Runs as the first process of an engine's own network and mount namespaces and keeps them alive.
# usage: hold.sh ROOT. Prints "ready" once the namespaces are prepared.
# Nothing that the engine writes to /run, /etc or /opt may reach the machine: /run becomes an empty tmpfs,
# /etc a copy-on-write view with a resolver that the uplink answers and an empty /etc/docker
# (else two engines share key.json, hence their id, and the machine's daemon.json), and /opt is
# read-only, where containerd would make a folder for plugins that nobody uses.
set -eu
root=$1
ip link set lo up
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /run
if ! mount -t overlay -o "lowerdir=/etc,upperdir=$root/etc/upper,workdir=$root/etc/work" overlay /etc; then
  cp -a /etc/. "$root/etc/copy"
  mount --bind "$root/etc/copy" /etc
fi
rm -f /etc/resolv.conf
echo 'nameserver 10.0.2.3' >/etc/resolv.conf
mkdir -p /etc/docker
mount -t tmpfs -o mode=755 tmpfs /etc/docker
mount --rbind /opt /opt
mount -o remount,bind,ro /opt
echo ready
exec sleep infinity >/dev/null
