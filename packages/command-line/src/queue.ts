export { placeText, queueRemarks, stateText, turnText } from './queue/queue-words.ts';
