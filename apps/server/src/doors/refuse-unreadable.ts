import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ds01Error, problemOf, wireHeaders, type Ds01Error } from '@ds01/contracts';
import { headersOfProblem } from '../problem-response.ts';
import { createRequestIds } from '../request-ids.ts';

/** Answers what came instead of a request, and hangs up; only that once an answer has begun. */
export type RefuseUnreadable = (error: Error, socket: Duplex, hasBegun: boolean) => void;

/** How long whoever sent it has to read the answer. */
const readAnswerMs = 1000;

/** Says with a problem what Node would say with a status alone. */
export function createRefuseUnreadable(): RefuseUnreadable {
  const nextId = createRequestIds();
  return (error, socket, hasBegun) => {
    if (hasBegun || !socket.writable) {
      socket.destroy();
      return;
    }
    const requestId = nextId();
    const problem = problemOf(reasonOf(error), requestId);
    const body = JSON.stringify(problem);
    const headers = {
      ...headersOfProblem(problem),
      [wireHeaders.requestId]: requestId,
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const phrase = STATUS_CODES[problem.status] ?? '';
    const head = `HTTP/1.1 ${String(problem.status)} ${phrase}\r\n${lines.join('')}\r\n`;
    socket.end(head + body, () => socket.destroy());
    setTimeout(() => socket.destroy(), readAnswerMs).unref();
  };
}

const hint = 'GET /openapi.json says how requests are sent';

function reasonOf(error: Error): Ds01Error {
  switch (Reflect.get(error, 'code')) {
    case 'HPE_HEADER_OVERFLOW':
      return ds01Error('request.headers-too-large', {
        message: 'The headers are longer than 16 KiB.',
        hint,
      });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ds01Error('request.too-slow', {
        message: 'The request did not arrive in time.',
        hint: 'try again over a better connection',
      });
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return ds01Error('request.too-large', {
        message: 'The chunks have too much beside them.',
        hint,
      });
    default:
      return ds01Error('request.invalid', {
        message: 'This is no request that can be read.',
        hint,
      });
  }
}
