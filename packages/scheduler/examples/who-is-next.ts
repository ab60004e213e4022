import { schedule, type SchedulerInput } from '@ds01/scheduler';

/** One line for each request: where it starts, or its place in the queue and why it waits. */
export function whoIsNext(input: SchedulerInput): readonly string[] {
  const { grants, waiting, impossible } = schedule(input);
  return [
    ...grants.map(({ id, placement }) => `${id}: now, on ${placement.slots[0]?.slot ?? 'no GPU'}`),
    ...waiting.map(({ id, position, reason }) => `${id}: place ${position}. ${reason.message}`),
    ...impossible.map(({ id, message }) => `${id}: never. ${message}`),
  ];
}
