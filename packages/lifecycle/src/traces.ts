export {
  defaultPhasesMs,
  judgeTraces,
  type TraceJudgement,
  type TraceVerdict,
} from './traces/judge.ts';
export { replayTrace, type TraceOutcome } from './traces/replay.ts';
export { traceSchema, type Trace } from './traces/trace.ts';
