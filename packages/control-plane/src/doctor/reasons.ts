import type { Check } from './check.ts';

/** Why a finding of a check matters, by the check's id. */
const reasons: Readonly<Record<string, string>> = {
  engine: 'nothing can be started, stopped or seen without it',
  cgroups: 'limits on memory hold only what is counted',
  gate: 'containers could start with GPUs that somebody else has',
  gpus: 'a GPU that is lost or sick is given to nobody, and its work is gone',
  driver: 'programs that need a newer CUDA than the driver has do not start',
  persistence:
    'the driver is loaded anew for the first process, which takes seconds, and forgets settings',
  mig: 'the GPU does not do what it was set to until it is reset',
  cdi: 'containers get files of a driver that is not there any more',
  'gpu-runtime': 'anybody who may start containers gets every GPU with an environment variable',
  'gpu-access': 'CUDA fails inside although the container has its GPU',
  policy: 'limits that are not in force are not those that were written down',
  'policy-problem': 'what the file says there does not count',
  state: 'GPUs may look free or taken that are not',
  database: 'who has what is kept there; it is built anew from the containers, without its history',
  duplicates: 'two people compute on one GPU and slow each other down, or run out of its memory',
  'left-behind': 'their GPU is given to nobody until they end, and nobody can stop them',
  rules: 'idle GPUs do not come back, and nobody is warned before a stop',
  foreign: 'GPUs that nobody answers for are missing to everybody',
  pins: 'people see empty or wrong folders in their containers',
  firewall: 'containers reach services of this host that are not meant for them',
  networks: 'without a free range nobody can deploy',
  'address-pools': 'without a free range Compose projects and docker network create fail',
  'user-namespaces': 'root inside a container could become a person of this host',
  'docker-group': 'who talks to the engine directly passes every limit',
  units: 'after a failure or a reboot it does not come back by itself',
  clock: 'log files, certificates and the times that people are told are wrong',
  keys: 'containers of an account without free keys do not start (“disk quota exceeded”)',
  disks: 'a full disk stops builds, deploys and the ledger',
};

/** Adds why it matters to whatever is not simply fine. */
export function withReason(check: Check): Check {
  const why = reasons[check.id];
  const isFine = check.ok && check.severity === 'info';
  return isFine || why === undefined ? check : { ...check, why };
}
