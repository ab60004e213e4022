export { allContainers, devicesOf, doubledDevices, retireAll } from '@ds01/e2e';
