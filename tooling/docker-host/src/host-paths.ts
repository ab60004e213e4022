import { join } from 'node:path';

/** Every path of one host; all of them lie inside its root. */
export interface HostPaths {
  readonly root: string;
  /** State of the host, see `hostStateSchema`. */
  readonly stateFile: string;
  readonly socket: string;
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly daemonPidFile: string;
  /** In front of the engine's PATH: the runtime hook and the firewall tools. */
  readonly binDirectory: string;
  readonly gpuSimDirectory: string;
  /** `DS01_KERNEL_LOG`: what the simulated GPUs have the kernel log, in the form of /dev/kmsg. */
  readonly kernelLog: string;
  readonly logDirectory: string;
  /** Upper and work folder of the engine's own view of /etc. */
  readonly etcDirectory: string;
  /** `DS01_ENGINE_DIR`: grants, pins, gate.json and engine.pid. */
  readonly engineDirectory: string;
  /** A shared mount: what is mounted below it is seen by the engine. */
  readonly pinsDirectory: string;
  readonly gateFile: string;
  readonly enginePidFile: string;
  /** Account databases of `exec --accounts`, one folder for each set of accounts. */
  readonly accountsDirectory: string;
  /** What `exec --accounts` shows at /home. */
  readonly homeDirectory: string;
  /** `DS01_CONFIG_DIR`, `DS01_STATE_DIR` and `DS01_RUN_DIR` for trying things out. */
  readonly configDirectory: string;
  readonly stateDirectory: string;
  readonly runDirectory: string;
}

/** The paths of the host whose root is `root` (absolute). */
export function hostPaths(root: string): HostPaths {
  const engineDirectory = join(root, 'engine');
  return {
    root,
    stateFile: join(root, 'host.json'),
    socket: join(root, 'docker.sock'),
    dataRoot: join(root, 'data'),
    execRoot: join(root, 'exec'),
    daemonPidFile: join(root, 'dockerd.pid'),
    binDirectory: join(root, 'bin'),
    gpuSimDirectory: join(root, 'gpu-sim'),
    kernelLog: join(root, 'gpu-sim', 'kernel.log'),
    logDirectory: join(root, 'log'),
    etcDirectory: join(root, 'etc'),
    engineDirectory,
    pinsDirectory: join(engineDirectory, 'pins'),
    gateFile: join(engineDirectory, 'gate.json'),
    enginePidFile: join(engineDirectory, 'engine.pid'),
    accountsDirectory: join(root, 'accounts'),
    homeDirectory: join(root, 'home'),
    configDirectory: join(root, 'ds01', 'config'),
    stateDirectory: join(root, 'ds01', 'state'),
    runDirectory: join(root, 'ds01', 'run'),
  };
}
