export { createInMemoryStore } from './in-memory-store.ts';
export { createSigningKey } from './signing-key.ts';
export { createStore, type StoreOptions } from './store.ts';
