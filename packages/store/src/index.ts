export { createSigningKey } from './signing-key.ts';
export {
  createStore,
  type FileStoreOptions,
  type MemoryStoreOptions,
  type StoreOptions,
} from './store.ts';
