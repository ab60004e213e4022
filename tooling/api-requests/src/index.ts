// Requests made of the OpenAPI document: what it allows, and what is wrong or strange.
export {
  createAnswerCheck,
  validAnswers,
  validRecords,
  type CheckAnswer,
  type HttpAnswer,
} from './answers.ts';
export { httpOf, type HttpRequest } from './http.ts';
export { mutated } from './mutations.ts';
export { send, type Destination } from './send.ts';
export {
  inputIn,
  operationsIn,
  validRequests,
  type ApiRequest,
  type PlacedOperation,
} from './valid-requests.ts';
export type { KnownValues } from './values.ts';
