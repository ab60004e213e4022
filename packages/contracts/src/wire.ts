/** Media type of an answer that begins with lines of progress. */
export const progressMediaType = 'application/x-ndjson';

/** Protocol name of an upgraded connection. */
export const sessionProtocol = 'ds01-session/1';

/** Subprotocol of a session over WebSocket (RFC 6455, 1.9); the only one that is ever answered. */
export const webSocketProtocol = 'ds01.session.v1';

/**
 * Before a token, in base64url without padding, in a subprotocol that is offered beside
 * {@link webSocketProtocol}: pages can set no header of a WebSocket.
 */
export const webSocketTokenPrefix = 'base64url.bearer.authorization.ds01.';

/** Longest message that a client may send over a WebSocket, in bytes. */
export const maxWebSocketMessageBytes = 262_144;

/** Headers of DS01's own. */
export const wireHeaders = {
  requestId: 'x-request-id',
  /** Version of the program that calls. */
  clientVersion: 'ds01-client-version',
  /** Version of the daemon that answers. */
  serverVersion: 'ds01-version',
  /** `true` or `false`: whether the process of a session has a terminal of its own. */
  tty: 'ds01-tty',
  /** When the token of a request ends, RFC 3339: on answers while that is soon. */
  tokenExpires: 'ds01-token-expires',
  /** Account that an administrator acts for. */
  actFor: 'ds01-user',
} as const;

/** Kinds of frames: one byte, before the payload's length as 32 bits, big-endian. */
export const frameKinds = {
  /** To the process; an empty one is the end of its input. */
  stdin: 0,
  stdout: 1,
  stderr: 2,
  /** `resizeFrameSchema` as JSON. */
  resize: 3,
  /** Name of a signal, such as `SIGINT`. */
  signal: 4,
  /** `exitFrameSchema` as JSON; the last frame. */
  exit: 5,
  /** A problem as JSON; the last frame. */
  error: 6,
  /** Without a payload: `stdout` has ended, while what runs still takes input. */
  outputEnd: 7,
} as const;

/** Bytes before a frame's payload. */
export const frameHeaderBytes = 5;

/** Longest payload of one frame. */
export const maxFrameBytes = 1_048_576;
