// What needs no schema: a program that starts, asks one question and ends loads this alone.
export {
  errorOfProblem,
  ds01Error,
  exitCodeOf,
  exitCodes,
  isDs01Error,
  problemOf,
  toDs01Error,
} from './errors.ts';
export { expiresSoon } from './http/token-expiry.ts';
export { createFrameReader, frameHeader, jsonFrame } from './frames.ts';
export { isCallId, isStreamId, isUploadId, routeHeads, routeIds } from './routes/heads.ts';
export { createTerminalModes, undoModesText } from './terminal-modes.ts';
export { formatBytes, formatDuration, parseDuration, parseMemorySize } from './units.ts';
export { createTaken, createWindow, type Window } from './window.ts';
export {
  frameHeaderBytes,
  frameKinds,
  maxFrameBytes,
  maxWebSocketMessageBytes,
  progressMediaType,
  sessionProtocol,
  webSocketProtocol,
  webSocketTokenPrefix,
  wireHeaders,
} from './wire.ts';
