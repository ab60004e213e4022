export { placeText, queueRemarks, stateText, turnCells, turnText } from './queue/queue-words.ts';
