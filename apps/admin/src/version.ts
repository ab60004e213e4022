declare global {
  /** Replaced by the bundler with the version of package.json. */
  const __DS01_VERSION__: string;
}

/** Version of this program; `0.0.0-source` when it runs from its sources. */
export const version: string =
  typeof __DS01_VERSION__ === 'undefined' ? '0.0.0-source' : __DS01_VERSION__;
