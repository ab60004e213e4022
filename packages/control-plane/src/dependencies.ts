import type {
  ActivityMeter,
  ContainerEngine,
  ContainerPorts,
  Firewall,
  FolderOwners,
  GpuProbe,
  Grants,
  HostAccounts,
  HostDisks,
  HostFacts,
  HostNames,
  HostProcesses,
  HostSystem,
  Ids,
  Logger,
  Messengers,
  PeopleFiles,
  Pins,
  PolicyFiles,
  SteadyClock,
  StorageMeter,
  Store,
  Terminals,
  UsageMeter,
  UserCgroups,
  UtilizationSource,
} from '@ds01/ports';

/** Everything that the control plane needs from the world. Apps compose it from adapters. */
export interface ControlPlaneDependencies {
  readonly engine: ContainerEngine;
  readonly probe: GpuProbe;
  readonly store: Store;
  readonly clock: SteadyClock;
  readonly ids: Ids;
  readonly grants: Grants;
  readonly pins: Pins;
  readonly cgroups: UserCgroups;
  readonly usage: UsageMeter;
  readonly activity: ActivityMeter;
  readonly utilization: UtilizationSource;
  readonly firewall: Firewall;
  readonly accounts: HostAccounts;
  readonly folders: FolderOwners;
  readonly processes: HostProcesses;
  readonly ports: ContainerPorts;
  readonly disks: HostDisks;
  readonly system: HostSystem;
  readonly names: HostNames;
  readonly facts: HostFacts;
  readonly peopleFiles: PeopleFiles;
  readonly storage: StorageMeter;
  readonly terminals: Terminals;
  readonly messengers: Messengers;
  readonly policyFiles: PolicyFiles;
  /** Key of the label signatures, 32 bytes. */
  readonly signingKey: Uint8Array;
  readonly logger: Logger;
}

/** What can be made without the state folder: its ledger and its key. */
export type StatelessDependencies = Omit<
  ControlPlaneDependencies,
  'store' | 'signingKey' | 'grants'
>;
