/** What differs between driver generations in the text that the tool prints. */
export interface Generation {
  readonly documentType: 'nvsmi_device_v11.dtd' | 'nvsmi_device_v12.dtd' | 'nvsmi_device_v13.dtd';
  /** First character of the rule under the table's version line. */
  readonly headRule: '|' | '+';
  /** Since R580 MIG memory and engines are headed as shared. */
  readonly sharedMigColumns: boolean;
  /** Since R580 some properties say that they are deprecated. */
  readonly dropsLegacyFields: boolean;
  /** Width of the name column of `mig -lgi`. */
  readonly instanceNameWidth: number;
  /** Since R560 the tool prints an average and an instantaneous power instead of one figure. */
  readonly splitPower: boolean;
  /** Until R520: one block of power readings, clocks that are throttled, fewer engines. */
  readonly firstDocument: boolean;
  /** What is said about a reset that is needed; later drivers name a recovery action instead. */
  readonly resetStatus: 'absent' | 'plain' | 'deprecated';
  readonly recoveryAction: boolean;
  /** Uncorrectable SRAM errors are told apart, and repairs that wait are named. */
  readonly detailedEcc: boolean;
  /** Product names begin with `NVIDIA`. */
  readonly brandedNames: boolean;
  /** UUIDs of MIG devices are `MIG-GPU-<uuid>/<gi>/<ci>`. */
  readonly derivedMigUuids: boolean;
  /** MIG lines of `-L` are in columns. */
  readonly alignedMigLines: boolean;
  /** Cell of `--query-*` for what the board doesn't have. */
  readonly unknownCell: '[N/A]' | '[Not Supported]';
  /** How a GPU without a handle is told of, and whether the call goes on with the others. */
  readonly lostHandle: 'lost' | 'unknown' | 'unknown-and-continue';
}

/**
 * The generation that a driver version belongs to. From recorded outputs of R450, R460, R470, R515,
 * R535, R536, R550, R575, R580, R590 and R610; where the change happened between two of them, the
 * boundary here is an assumption.
 */
export const generationOf = (driverVersion: string): Generation => {
  const major = Number.parseInt(driverVersion, 10);
  return {
    documentType: `nvsmi_device_${major >= 580 ? 'v13' : major >= 530 ? 'v12' : 'v11'}.dtd`,
    headRule: major >= 580 ? '+' : '|',
    sharedMigColumns: major >= 580,
    dropsLegacyFields: major >= 580,
    instanceNameWidth: major >= 570 ? 21 : 19,
    splitPower: major >= 560,
    firstDocument: major < 530,
    resetStatus: major >= 580 || major < 530 ? 'absent' : major >= 565 ? 'deprecated' : 'plain',
    recoveryAction: major >= 565,
    detailedEcc: major >= 565,
    brandedNames: major >= 470,
    derivedMigUuids: major < 470,
    alignedMigLines: major >= 495,
    unknownCell: major >= 450 ? '[N/A]' : '[Not Supported]',
    lostHandle: major >= 545 ? 'unknown-and-continue' : major >= 530 ? 'unknown' : 'lost',
  };
};

/** Drivers that stand for a generation: the documents v11 to v13, and one from before R470. */
export const generationDrivers = {
  legacy: { driverVersion: '460.106.00', cudaVersion: '11.2' },
  v11: { driverVersion: '520.61.05', cudaVersion: '11.8' },
  v12: { driverVersion: '550.163.01', cudaVersion: '12.4' },
  v13: { driverVersion: '580.105.08', cudaVersion: '13.0' },
} as const satisfies Readonly<
  Record<string, { readonly driverVersion: string; readonly cudaVersion: string }>
>;

/** Name of a driver generation. */
export type GenerationName = keyof typeof generationDrivers;

/** Whether a word names a generation (otherwise it is taken for a driver's version). */
export const isGenerationName = (word: string): word is GenerationName =>
  Object.hasOwn(generationDrivers, word);
