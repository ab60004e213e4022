export { configWith, type LimitValues } from '@ds01/e2e';
