/** One HTTP request as the daemon gets it. */
export interface WireRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text, or bytes of an upload; `null` without a body. */
  readonly body: string | UploadBody | null;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes that are sent: all at once, or as they come. What comes once can't be sent again. */
export type UploadBody = Uint8Array<ArrayBuffer> | Blob | AsyncIterable<Uint8Array>;

/** The head of an answer, and its body as it comes. */
export interface Answer {
  readonly status: number;
  /** A header by its name in small letters; `null` without. */
  readonly header: (name: string) => string | null;
  /** Can be read once. Fails with `daemon.unreachable` where the connection breaks. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Nothing more of it is wanted. */
  readonly discard: () => void;
}

/** Sends requests to one daemon. */
export interface Transport {
  /**
   * Resolves with the head of the answer; its body is still to be read. Fails with
   * `daemon.unreachable`, and with what an aborted signal makes of it.
   */
  send(wanted: WireRequest): Promise<Answer>;
  /** Ends idle connections. */
  close(): void;
}

/** True for an answer that is no error. */
export function isFine({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}
