import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import {
  containerIdSchema,
  ds01Error,
  leaseIdSchema,
  slotUuidSchema,
  type Ds01Error,
} from '@ds01/contracts';
import type { Grant, Grants } from '@ds01/ports';
import { z } from 'zod';
import { createGateFolder, removeFile, unlessAbsent, writeWhole } from './gate/folder.ts';
import { parseJson } from './gate/grant-text.ts';
import { identifyProcess, type ProcessIdentity } from './gate/process-identity.ts';
import { clearMarks, withdrawGrant } from './gate/protocol.ts';
import { readGateSettings } from './gate/settings.ts';
import { storageError } from './storage-errors.ts';

const grantSchema = z.object({
  containerId: containerIdSchema,
  leaseId: leaseIdSchema,
  token: z.int().positive(),
  devices: z.array(slotUuidSchema).min(1),
});

/** Where grants are, and whose. */
export interface GrantsOptions {
  readonly engineDirectory: string;
  /**
   * Identity of the ledger, unlike that of any other state folder. Two ledgers on one engine would
   * each give out what the other has promised, so the folder names the one that may.
   */
  readonly ledger: string;
}

/**
 * Grants in an engine's folder, which is made (0700) when it is missing. `list` leaves out what
 * can't be read (the gate doesn't let it pass either) and clears away what dead processes left.
 * Errors: `internal.storage-full`, `internal.state-unwritable`.
 */
export function createGrants(options: GrantsOptions): Grants {
  const { engineDirectory, ledger } = options;
  const files = createGateFolder(engineDirectory);
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw storageError(engineDirectory, error);
    }
  };
  const owner = () =>
    guarded(() => {
      const text = unlessAbsent(() => readFileSync(`${engineDirectory}/ledger`, 'utf8'));
      if (text === null) return 'none';
      return text.trim() === ledger ? 'ours' : 'other';
    });
  return {
    ledger: owner,
    takeOver: () =>
      guarded(() => {
        mkdirSync(engineDirectory, { recursive: true, mode: 0o700 });
        writeWhole({ engineDirectory, folder: null, name: 'ledger', text: `${ledger}\n` });
      }),
    write: (grant) => {
      if (owner() === 'other') throw otherLedger(engineDirectory);
      guarded(() => {
        mkdirSync(engineDirectory, { recursive: true, mode: 0o700 });
        const text = JSON.stringify(grantSchema.parse(grant));
        writeWhole({ engineDirectory, folder: 'grants', name: grant.containerId, text });
      });
    },
    withdraw: (containerId) =>
      guarded(() => {
        mkdirSync(engineDirectory, { recursive: true, mode: 0o700 });
        const outcome = withdrawGrant(files, containerId, self());
        if (outcome !== 'in-use') removeFile(`${engineDirectory}/observed/${containerId}`);
        return outcome;
      }),
    list: () =>
      guarded(() => {
        clearAway(engineDirectory);
        return readGrants(engineDirectory);
      }),
    setGateMode: (mode) =>
      guarded(() => {
        const settings = installedGate(engineDirectory);
        if (settings === null || settings.mode === mode) return;
        const text = JSON.stringify({ mode, next: settings.next });
        writeWhole({ engineDirectory, folder: null, name: 'gate.json', text });
      }),
    publishFreeDevices: (devices) =>
      guarded(() => {
        mkdirSync(engineDirectory, { recursive: true, mode: 0o700 });
        const text = devices.map((device) => `${device}\n`).join('');
        // Written with every look at the world, and hardly ever anything new.
        const known = unlessAbsent(() => readFileSync(`${engineDirectory}/free-devices`, 'utf8'));
        if (text !== known)
          writeWhole({ engineDirectory, folder: null, name: 'free-devices', text });
      }),
  };
}

/** Settings of a gate that is there and readable; a broken one stays shut until somebody mends it. */
function installedGate(engineDirectory: string) {
  try {
    return readGateSettings(engineDirectory);
  } catch {
    return null;
  }
}

/** The error for a ledger that another one has taken the engine's folder from. */
function otherLedger(engineDirectory: string): Ds01Error {
  return ds01Error('ledger.other-engine', {
    message: `Another state folder than this one hands out the GPUs of this engine (${engineDirectory}).`,
    hint: 'set DS01_STATE_DIR to the folder that is in use',
  });
}

function self(): ProcessIdentity {
  const identity = identifyProcess(process.pid);
  if (identity === null) throw new Error('/proc does not show this process');
  return identity;
}

function readGrants(engineDirectory: string): readonly Grant[] {
  return namesIn(`${engineDirectory}/grants`).flatMap((name) => {
    const text = unlessAbsent(() => readFileSync(`${engineDirectory}/grants/${name}`, 'utf8'));
    const grant = grantSchema.safeParse(text === null ? undefined : parseJson(text));
    return grant.success && grant.data.containerId === name ? [grant.data] : [];
  });
}

/** Marks and temporary files of processes that are over; what is over never comes back. */
function clearAway(engineDirectory: string): void {
  clearMarks(createGateFolder(engineDirectory));
  for (const name of namesIn(`${engineDirectory}/temporary`)) {
    const pid = Number(name.slice(name.lastIndexOf('.') + 1));
    if (identifyProcess(pid) === null) removeFile(`${engineDirectory}/temporary/${name}`);
  }
}

function namesIn(folder: string): readonly string[] {
  return unlessAbsent(() => readdirSync(folder)) ?? [];
}
