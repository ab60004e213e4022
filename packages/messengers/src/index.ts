export { createMessengers, type MessengersOptions } from './messengers.ts';
