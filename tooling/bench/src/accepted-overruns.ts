/**
 * Budgets that are known to be missed, each with its reason. A budget that is met again is taken out
 * of here: `pnpm bench` fails on an entry that isn't needed.
 */
export const acceptedOverruns: Readonly<Record<string, string>> = {
  'hello-over-version':
    '2.0 to 2.5 of 2, less with other work on the machine: whoever asks is identified, checked, logged and can be aborted; see docs/adr/0033',
};
