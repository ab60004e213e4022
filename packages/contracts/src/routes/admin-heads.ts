import type { RouteHead } from './route.ts';

const look = {
  kind: 'call',
  method: 'GET',
  role: 'admin',
  object: 'none',
  slow: false,
  mutates: false,
} as const;
const act = {
  kind: 'call',
  method: 'POST',
  role: 'admin',
  object: 'none',
  slow: false,
  mutates: true,
} as const;

/** Heads of the operations of administrators that are about the life of containers and the policy. */
export const adminHeads = {
  'admin.overview': {
    ...look,
    path: '/api/v1/admin/overview',
    summary: 'everything that the dashboard shows',
  },
  'admin.workloads': {
    ...look,
    path: '/api/v1/admin/workloads',
    summary: 'everything that runs, also outside of containers on GPUs',
  },
  'admin.doctor.fix': {
    ...act,
    slow: true,
    path: '/api/v1/admin/doctor/fix',
    summary: 'mend what the doctor found and is safe to mend',
  },
  'admin.containers.stop': {
    ...act,
    slow: true,
    path: '/api/v1/admin/containers/{container}/stop',
    summary: 'stop anybody’s container',
  },
  'admin.containers.remove': {
    ...act,
    slow: true,
    path: '/api/v1/admin/containers/{container}/remove',
    summary: 'remove anybody’s container',
  },
  'admin.containers.protect': {
    ...act,
    path: '/api/v1/admin/containers/{container}/protect',
    summary: 'exempt a container from all rules, or no longer',
  },
  'admin.containers.adopt': {
    ...act,
    path: '/api/v1/admin/containers/{container}/adopt',
    summary: 'say whose a container is',
  },
  'admin.containers.explain': {
    ...look,
    path: '/api/v1/admin/containers/{container}/explain',
    summary: 'when anybody’s container will be stopped, why, and what postpones it',
  },
  'admin.leases.release': {
    ...act,
    path: '/api/v1/admin/leases/{lease}/release',
    summary: 'give the GPUs of a stopped container back',
  },
  'admin.emergency-stop': {
    ...act,
    slow: true,
    path: '/api/v1/admin/emergency-stop',
    summary: 'stop all containers of a person, or of everybody',
  },
  'admin.notify': {
    ...act,
    path: '/api/v1/admin/notify',
    summary: 'send a message to a person or to everybody',
  },
  'admin.users.offboard': {
    ...act,
    slow: true,
    path: '/api/v1/admin/users/{user}/offboard',
    summary: 'remove a person’s containers, leases and images',
  },
  'admin.users.extend': {
    ...act,
    path: '/api/v1/admin/users/{user}/extend',
    summary: 'grant or refuse more runtime',
  },
  'admin.extensions': {
    ...look,
    path: '/api/v1/admin/extensions',
    summary: 'who asks for more runtime',
  },
  'admin.lifecycle.plan': {
    ...look,
    path: '/api/v1/admin/lifecycle/plan',
    summary: 'what the rules would do until a moment',
  },
  'admin.lifecycle.run': {
    ...act,
    slow: true,
    path: '/api/v1/admin/lifecycle/run',
    summary: 'look and act now',
  },
  'admin.lifecycle.pause': {
    ...act,
    path: '/api/v1/admin/lifecycle/pause',
    summary: 'let no rule act for a while, or let them act again',
  },
  'admin.lifecycle.status': {
    ...look,
    path: '/api/v1/admin/lifecycle',
    summary: 'when each rule last looked, and whether they are paused',
  },
  'admin.limits.diff': {
    ...look,
    method: 'POST',
    path: '/api/v1/admin/limits/diff',
    summary: 'which users other files would change, and how',
  },
  'admin.limits.set': {
    ...act,
    path: '/api/v1/admin/limits/{user}',
    summary: 'give one user other limits, for good or for a time',
  },
  'admin.exemptions': {
    ...look,
    path: '/api/v1/admin/exemptions',
    summary: 'who is exempt from which rule',
  },
  'admin.exemptions.add': {
    ...act,
    path: '/api/v1/admin/exemptions',
    summary: 'exempt a person from a rule',
  },
  'admin.exemptions.remove': {
    ...act,
    path: '/api/v1/admin/exemptions/{user}/remove',
    summary: 'end exemptions of a person',
  },
  'admin.reservations': {
    ...look,
    path: '/api/v1/admin/reservations',
    summary: 'which GPUs are reserved for whom, when',
  },
  'admin.reservations.add': {
    ...act,
    path: '/api/v1/admin/reservations',
    summary: 'reserve GPUs for a person or a group',
  },
  'admin.reservations.remove': {
    ...act,
    path: '/api/v1/admin/reservations/{id}/remove',
    summary: 'end a reservation, or take it back',
  },
  'admin.groups': { ...look, path: '/api/v1/admin/groups', summary: 'groups and their members' },
  'admin.groups.put': {
    ...act,
    path: '/api/v1/admin/groups/{group}/members',
    summary: 'put a person into a group, out of any other',
  },
  'admin.groups.sync': {
    ...act,
    path: '/api/v1/admin/groups/sync',
    summary: 'put people without a group where the site’s rules say',
  },
} as const satisfies Readonly<Record<string, RouteHead>>;
