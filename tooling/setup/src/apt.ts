import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireCommand, runCommand } from './run-command.ts';

/** One package file that apt would fetch. */
export interface AptArchive {
  readonly name: string;
  /** File name in the archives folder; it holds name, version and architecture. */
  readonly fileName: string;
  readonly sizeBytes: number;
}

/** apt with lists, caches and downloads in a folder of its own; the machine's are only read. */
export interface PrivateApt {
  /** Folder into which {@link PrivateApt.download} puts the `.deb` files. */
  readonly archivesDirectory: string;
  /** Fetches the package lists of the machine's configured sources (about 10 MB when cold). */
  readonly update: () => Promise<void>;
  /**
   * The packages, with all that they need, that this machine hasn't installed. Undefined if the
   * lists at hand don't know one of them.
   */
  readonly missing: (packages: readonly string[]) => Promise<readonly AptArchive[] | undefined>;
  /**
   * Fetches what {@link PrivateApt.missing} named; what is already in the folder isn't fetched again.
   *
   * @param onProgress called with 0 to 100
   * @returns false if a source no longer has a file that the lists promise
   */
  readonly download: (
    packages: readonly string[],
    onProgress: (percent: number) => void,
  ) => Promise<boolean>;
}

// `#clear` drops hooks of the machine's own configuration: they would act on the machine's caches.
const configuration = (directory: string, sourcesFile: string | undefined): string => `
Dir::State::lists "${directory}/lists";
Dir::State::extended_states "${directory}/extended_states";
Dir::Cache "${directory}";
Dir::Cache::archives "${directory}/archives";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "";
Debug::NoLocking "1";
APT::Sandbox::User "root";
APT::Install-Recommends "0";
APT::Install-Suggests "0";
Acquire::Languages "none";
Acquire::Retries "3";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
${sourcesFile === undefined ? '' : `Dir::Etc::sourcelist "${sourcesFile}";\nDir::Etc::sourceparts "-";`}
`;

/**
 * Prepares a private apt in `directory` (made if missing).
 *
 * `sourcesFile` is the absolute path of a file in the format of sources.list(5) that takes the place
 * of the machine's sources; `signal` ends fetching.
 */
export function createPrivateApt(
  directory: string,
  options: { readonly sourcesFile?: string; readonly signal?: AbortSignal } = {},
): PrivateApt {
  const archivesDirectory = join(directory, 'archives');
  mkdirSync(join(directory, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(archivesDirectory, 'partial'), { recursive: true });
  // apt leaves out of its answer what is in the archives folder already: ask about an empty one.
  const noArchives = join(directory, 'no-archives');
  mkdirSync(join(noArchives, 'partial'), { recursive: true });
  const configurationFile = join(directory, 'apt.conf');
  writeFileSync(configurationFile, configuration(directory, options.sourcesFile));
  const base = ['-c', configurationFile, '-y'];
  const environment = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  const how = { environment, ...(options.signal === undefined ? {} : { signal: options.signal }) };

  return {
    archivesDirectory,
    update: async () => {
      await requireCommand('apt-get', [...base, 'update'], how);
    },
    missing: async (packages) => {
      const result = await runCommand(
        'apt-get',
        [
          ...base,
          '-o',
          `Dir::Cache::archives=${noArchives}`,
          'install',
          '--print-uris',
          ...packages,
        ],
        how,
      );
      return result.exitCode === 0 ? parsePrintUris(result.stdout) : undefined;
    },
    download: async (packages, onProgress) => {
      const result = await runCommand(
        'apt-get',
        [...base, '-o', 'APT::Status-Fd=3', 'install', '--download-only', ...packages],
        {
          ...how,
          onStatusLine: (line) => {
            const percent = /^dlstatus:\d+:([\d.]+):/.exec(line)?.[1];
            if (percent !== undefined) onProgress(Number(percent));
          },
        },
      );
      return result.exitCode === 0;
    },
  };
}

/** Reads the lines `'URL' FILE SIZE HASH` of `apt-get --print-uris`; other lines are skipped. */
export function parsePrintUris(text: string): readonly AptArchive[] {
  return text.split('\n').flatMap((line) => {
    const match = /^'[^']+' (([^_ ]+)_\S+\.deb) (\d+) /.exec(line);
    const [, fileName, name, size] = match ?? [];
    if (fileName === undefined || name === undefined || size === undefined) return [];
    return [{ name, fileName, sizeBytes: Number(size) }];
  });
}
