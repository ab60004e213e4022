export { createGrants } from './grants.ts';
export { createHostAccounts } from './host-accounts.ts';
export { createHostProcesses } from './host-processes.ts';
export { createPolicyFiles, type PolicyFilesOptions } from './policy-files.ts';
export { systemClock, systemIds } from './system.ts';
