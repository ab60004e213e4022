/** What a call of the tool prints and returns. The tool prints its errors on stdout too. */
export interface Answer {
  readonly stdout: string;
  readonly exitCode: number;
}

/** An answer of a call that went well. */
export const success = (stdout: string): Answer => ({ stdout, exitCode: 0 });

/** Exit codes of the real tool that the simulator uses (its manual page, "return value"). */
export const exitCodes = {
  invalidArgument: 2,
  noPermission: 4,
  noDevices: 6,
  driverNotLoaded: 9,
  gpuLost: 15,
  /** Not in the manual: NVML's own code, which the tool returns as it is. */
  driverMismatch: 18,
  unknownError: 255,
} as const;

/** What the tool says to arguments that it doesn't understand. */
export const badArguments: Answer = {
  stdout: "Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.\n\n",
  exitCode: exitCodes.invalidArgument,
};

/** What the tool says when no device is there or none matches `-i`. */
export const noDevices: Answer = {
  stdout: 'No devices were found\n',
  exitCode: exitCodes.noDevices,
};
