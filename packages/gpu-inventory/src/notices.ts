/** What `nvidia-smi` says about a single device in between its proper output. */
export interface DeviceNotice {
  /**
   * `unreachable`: the driver has no handle for the device any more, and prints nothing else about
   * it. `corrupt-inforom`: everything else is printed as usual (the tool then exits with 14).
   */
  readonly kind: 'unreachable' | 'corrupt-inforom';
  /** Normalised by {@link normalBusId}; `null` when the line has none. */
  readonly pciBusId: string | null;
  readonly text: string;
}

const kinds: readonly (readonly [DeviceNotice['kind'], RegExp])[] = [
  ['unreachable', /^Unable to determine the (?:device handle|name|uuid) (?:for|of) /iu],
  ['corrupt-inforom', /^WARNING: infoROM is corrupted at gpu /u],
];

const busId = /\b[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]\b/iu;

/** Whether a text is a bus id as the driver writes it, of either length. */
export function isBusId(text: string): boolean {
  return busId.exec(text)?.[0] === text;
}

/** `0000:5F:00.0` and `00000000:5f:00.0` both as `00000000:5F:00.0`, the longest form in use. */
export function normalBusId(text: string): string {
  const [domain = '', ...rest] = text.trim().toUpperCase().split(':');
  return [domain.padStart(8, '0'), ...rest].join(':');
}

function noticeOf(line: string): DeviceNotice | undefined {
  const kind = kinds.find(([, pattern]) => pattern.test(line))?.[0];
  if (kind === undefined) return undefined;
  // `GPU0000:07:00.0` has no space before the bus id.
  const found = busId.exec(line.replace(/GPU(?=[0-9a-f]{4,8}:)/iu, 'GPU '));
  return {
    kind,
    pciBusId: found === null ? null : normalBusId(found[0]),
    text: line.trim().slice(0, 200),
  };
}

/** Takes the notices out of an output; the tool prints them on either stream, between other lines. */
export function splitNotices(output: string): {
  readonly text: string;
  readonly notices: readonly DeviceNotice[];
} {
  const notices: DeviceNotice[] = [];
  const lines = output.split('\n').filter((line) => {
    const notice = noticeOf(line.trimStart());
    if (notice !== undefined) notices.push(notice);
    return notice === undefined;
  });
  return { text: lines.join('\n'), notices };
}

/** True for the sentence that says there is no GPU here, and nothing else. */
export function saysNoDevices(text: string): boolean {
  return /^No devices (?:were )?found\.?$/u.test(text.trim());
}
