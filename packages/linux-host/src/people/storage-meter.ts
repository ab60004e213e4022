import { sizeOfFolder } from '@ds01/as-user';
import { isDs01Error } from '@ds01/contracts';
import type { StorageMeter } from '@ds01/ports';

/** Measures folders through processes that became their owners. */
export function createStorageMeter(): StorageMeter {
  return {
    async ofFolder({ account, path, timeoutMs, signal }) {
      try {
        const wait = signal === undefined ? {} : { signal };
        return await sizeOfFolder({ account, folder: path, timeoutMs, ...wait });
      } catch (error) {
        if (isDs01Error(error) && error.code !== 'operation.interrupted') return null;
        throw error;
      }
    },
  };
}
