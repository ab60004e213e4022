/** What an Xid means for the GPU that it was logged for. */
export interface XidMeaning {
  readonly description: string;
  /** Since R565 the driver's own recovery action tells whether this one still matters. */
  readonly isInRecoveryAction: boolean;
}

/**
 * The Xids after which a GPU is no good until it is reset or the machine restarted: immediate action
 * RESET_GPU, RESTART_BM, or a workflow that ends in one of them, in NVIDIA's "Xid Catalog"
 * (docs.nvidia.com/deploy/xid-errors/analyzing-xid-catalog.html; the column "Xid 154 linkage" is
 * `isInRecoveryAction`). All others concern the application (13, 31, 32, 43, 45, 68, 69, 94, ...) or
 * call for nothing at once (63, 92). Not taken from there: 109, a context switch timeout, which
 * NVIDIA's Kubernetes device plugin counts among application errors, and those that only drivers log
 * which have a recovery action to judge by (144 to 150, 155, 156, 158).
 */
export const fatalXids: ReadonlyMap<number, XidMeaning> = new Map([
  [46, { description: 'the GPU stopped processing', isInRecoveryAction: false }],
  [48, { description: 'uncorrectable memory error', isInRecoveryAction: true }],
  [62, { description: 'internal micro-controller halt', isInRecoveryAction: true }],
  [64, { description: 'memory could not be remapped', isInRecoveryAction: true }],
  [74, { description: 'NVLink error', isInRecoveryAction: true }],
  [79, { description: 'the GPU has fallen off the bus', isInRecoveryAction: true }],
  [95, { description: 'uncontained memory error', isInRecoveryAction: true }],
  [110, { description: 'security fault', isInRecoveryAction: true }],
  [119, { description: 'the GPU’s system processor does not answer', isInRecoveryAction: false }],
  [120, { description: 'error in the GPU’s system processor', isInRecoveryAction: true }],
  [136, { description: 'link training failed', isInRecoveryAction: true }],
  [140, { description: 'memory error that was not recovered from', isInRecoveryAction: false }],
  [143, { description: 'the GPU could not be initialised', isInRecoveryAction: true }],
]);
