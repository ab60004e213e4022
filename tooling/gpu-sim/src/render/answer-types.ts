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
  noDevices: 6,
  driverNotLoaded: 9,
  gpuLost: 15,
} as const;
