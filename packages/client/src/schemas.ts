export { exitFrameSchema, problemSchema, progressLineSchema, routes } from '@ds01/contracts';
