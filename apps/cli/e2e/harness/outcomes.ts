export { failureOf, succeeded, uuidsIn } from '@ds01/e2e';
