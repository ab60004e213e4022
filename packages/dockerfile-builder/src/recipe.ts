/** Placeholder until the schema is there. */
export type Recipe = Readonly<Record<string, never>>;
