/** What the first part of an operation's id stands for. */
export const tags: readonly { readonly name: string; readonly description: string }[] = [
  { name: 'containers', description: 'The caller’s containers.' },
  { name: 'images', description: 'The caller’s images, and those that they may use.' },
  { name: 'gpus', description: 'GPUs and MIG slots of this server.' },
  { name: 'leases', description: 'Exclusive rights to GPUs.' },
  { name: 'limits', description: 'What a person may have, and where that comes from.' },
  { name: 'queue', description: 'Requests that wait for GPUs.' },
  { name: 'operations', description: 'Work that goes on without its caller.' },
  { name: 'requests', description: 'Requests that are under way on another connection.' },
  { name: 'events', description: 'What happened.' },
  { name: 'notifications', description: 'How a person is told.' },
  { name: 'tokens', description: 'Secrets by which programs are known.' },
  { name: 'users', description: 'Who is calling.' },
  { name: 'doctor', description: 'What DS01 depends on.' },
  { name: 'daemon', description: 'The daemon itself.' },
  { name: 'version', description: 'Versions.' },
  { name: 'admin', description: 'What administrators see and do.' },
];
