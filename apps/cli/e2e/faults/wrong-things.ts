export { wrongThings } from '@ds01/e2e';
