// node hello.ts SOCKET: the least that a server like the daemon's can do, to compare with.
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';

const app = new Hono();
app.get('/', (context) =>
  context.json({ version: '0.0.0', node: process.version, mode: 'daemon' }),
);
createAdaptorServer({ fetch: app.fetch }).listen(process.argv[2], () => console.log('listening'));
