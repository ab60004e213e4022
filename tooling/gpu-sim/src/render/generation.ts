/** What differs between driver generations in the text that the tool prints. */
export interface Generation {
  readonly documentType: string;
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
}

/** The generation that a driver version belongs to (figures from recorded outputs). */
export const generationOf = (driverVersion: string): Generation => {
  const major = Number.parseInt(driverVersion, 10);
  return {
    documentType: major >= 580 ? 'nvsmi_device_v13.dtd' : 'nvsmi_device_v12.dtd',
    headRule: major >= 580 ? '+' : '|',
    sharedMigColumns: major >= 580,
    dropsLegacyFields: major >= 580,
    instanceNameWidth: major >= 570 ? 21 : 19,
    splitPower: major >= 560,
  };
};
