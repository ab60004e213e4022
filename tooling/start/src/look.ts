import { type ConfigFiles, people } from '@ds01/e2e';

/** The people of a look: alice, bob, and carol, who is an administrator. */
export const accounts = people.slice(0, 3);

/** What the people of a look may have: enough GPUs to share, and one limit that is easy to reach. */
export const config: ConfigFiles = {
  // Of its own network: several looks don't meet there.
  'ds01.yaml': `server:
  tcp: 127.0.0.1:7480
`,
  'resource-limits.yaml': `defaults:
  max_gpu_equivalents: 1
  max_gpu_slots_per_container: 1
  max_containers_per_user: 3
  max_cpus: 1
  memory: 512m
  memory_swap: 512m
  shm_size: 64m
  pids_limit: 256
  gpu_hold_after_stop_h: 15m
policies:
  sigterm_grace_s: 2
default_group: student
groups:
  student: {}
  researcher:
    members: [bob]
    max_gpu_equivalents: 2
    max_gpu_slots_per_container: 2
access_control:
  admin_users: [carol]
  show_holders: names
`,
};
