export { createRandom, type Random } from '@ds01/e2e';
