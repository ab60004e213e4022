import { isDs01Error, type DeviceUuid } from '@ds01/contracts';
import type { DeviceList } from './device-list.ts';
import type { Undescribed } from './join-inventory.ts';
import { splitNotices } from './notices.ts';
import { parseQueryXml, type QueriedDevice, type QueriedHost } from './query-xml.ts';
import { tellsOfLoss } from './values.ts';

/** The descriptions of devices that were asked for one by one. */
export interface DescribedEach {
  readonly host: QueriedHost;
  readonly undescribed: ReadonlyMap<DeviceUuid, Undescribed>;
}

type Answer = { readonly host: QueriedHost; readonly device: QueriedDevice } | Undescribed;

/** Why it failed, from the error's own words and those of the tool. */
function failureOf(error: unknown): Undescribed {
  if (!isDs01Error(error)) return { reason: 'It could not be read.', isLost: false };
  const said = typeof error.details['output'] === 'string' ? error.details['output'] : '';
  const isUnreachable = splitNotices(said).notices.some(({ kind }) => kind === 'unreachable');
  return { reason: error.message, isLost: isUnreachable || tellsOfLoss(said) };
}

function answerAbout(uuid: DeviceUuid, output: string): Answer {
  const { notices } = splitNotices(output);
  const lost = notices.find(({ kind }) => kind === 'unreachable');
  if (lost !== undefined) return { reason: lost.text, isLost: true };
  const host = parseQueryXml(output);
  const device = host.devices.find((candidate) => candidate.uuid === uuid);
  if (device !== undefined && host.devices.length === 1) return { host, device };
  return { reason: 'nvidia-smi describes another device than it was asked for.', isLost: false };
}

/**
 * Asks for each listed device by itself (`-q -x -i <uuid>`), for when one that is lost makes `-q -x`
 * fail for all. `null` when no device could be described that way either.
 */
export async function describeEach(
  list: DeviceList,
  ask: (...args: string[]) => Promise<string>,
): Promise<DescribedEach | null> {
  const answers = await Promise.all(
    list.devices.map(async ({ uuid }): Promise<readonly [DeviceUuid, Answer]> => {
      try {
        return [uuid, answerAbout(uuid, await ask('-q', '-x', '-i', uuid))];
      } catch (error) {
        return [uuid, failureOf(error)];
      }
    }),
  );
  const undescribed = new Map<DeviceUuid, Undescribed>();
  const hosts: QueriedHost[] = [];
  for (const [uuid, answer] of answers) {
    if ('host' in answer) hosts.push(answer.host);
    else undescribed.set(uuid, answer);
  }
  const first = hosts[0];
  if (first === undefined) return null;
  return {
    host: {
      driverVersion: first.driverVersion,
      cudaVersion: first.cudaVersion,
      attachedCount: Math.max(list.devices.length, ...hosts.map((host) => host.attachedCount)),
      devices: hosts.flatMap((host) => host.devices),
      notices: hosts.flatMap((host) => host.notices),
    },
    undescribed,
  };
}
