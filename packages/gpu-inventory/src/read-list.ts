import { parseDeviceList, type DeviceList } from './device-list.ts';
import { splitNotices } from './notices.ts';

/** More GPUs than any host has. */
const maxDevices = 64;

/** True when nothing follows a notice, so that the tool may have given up there. */
function mayHaveStopped(output: string): boolean {
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  return splitNotices(last).notices.some(({ kind }) => kind === 'unreachable');
}

function together(lists: readonly DeviceList[], isCut: boolean): DeviceList {
  return {
    devices: lists
      .flatMap((list) => list.devices)
      .toSorted((left, right) => left.index - right.index),
    notices: lists.flatMap((list) => list.notices),
    ...(isCut ? { isCut } : {}),
  };
}

/**
 * Reads which GPUs there are. Drivers before R545 end `-L` at the first GPU that they have no handle
 * for: those behind it are asked for one by one, until the tool says that there are no more; when one
 * can't be read, the list is cut. Throws `gpu.probe-failed` as `parseDeviceList` does.
 */
export async function readDeviceList(
  ask: (...args: string[]) => Promise<string>,
): Promise<DeviceList> {
  const output = await ask('-L');
  const lists = [parseDeviceList(output)];
  if (!mayHaveStopped(output)) return together(lists, false);
  const first = Math.max(-1, ...together(lists, false).devices.map(({ index }) => index)) + 1;
  for (let index = first; index < maxDevices; index += 1) {
    const list = await ask('-L', '-i', String(index))
      .then(parseDeviceList)
      .catch(() => null);
    const isThere = list !== null && list.devices.length > 0;
    const isOther = isThere && (list.devices.length > 1 || list.devices[0]?.index !== index);
    if (list === null || isOther) return together(lists, true);
    if (!isThere && list.notices.length === 0) break;
    lists.push(list);
  }
  return together(lists, false);
}
