export { createActivityMeter, type ActivityMeterOptions } from './activity/activity-meter.ts';
export { createHostAccounts } from './accounts.ts';
export {
  createUserCgroups,
  type CgroupFacts,
  type UserCgroupsOptions,
} from './cgroups/user-cgroups.ts';
export { createUsageMeter, type UsageMeterOptions } from './cgroups/usage.ts';
export { createContainerPorts } from './container-ports.ts';
export { createHostFacts, type HostFactsOptions } from './facts/host-facts.ts';
export { createFirewall, type FirewallOptions } from './firewall.ts';
export { createFolderOwners } from './folder-owners.ts';
export { createGrants } from './grants.ts';
export { createHostDisks } from './host-disks.ts';
export { createHostSystem } from './host-system.ts';
export { createHostNames } from './host-names.ts';
export { createHostProcesses } from './host-processes.ts';
export { createPeopleFiles } from './people/people-files.ts';
export { createStorageMeter } from './people/storage-meter.ts';
export { createTerminals, type TerminalsOptions } from './people/terminals.ts';
export { createPins, type PinsOptions } from './pins/pins.ts';
export { createPolicyFiles, type PolicyFilesOptions } from './policy-files.ts';
export { systemClock, systemIds } from './system.ts';
