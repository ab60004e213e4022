import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFrameReader, frameHeader, jsonFrame, type FrameKind } from './frames.ts';
import { frameKinds, maxFrameBytes } from './wire.ts';

const data = fc.record({
  kind: fc.constantFrom<FrameKind>(frameKinds.stdin, frameKinds.stdout, frameKinds.stderr),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
});
const control = fc.record({
  kind: fc.constantFrom<FrameKind>(frameKinds.resize, frameKinds.exit, frameKinds.error),
  value: fc.jsonValue(),
});

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

test('frames cut at any places come out as they went in', () => {
  const frames = fc.array(fc.oneof(data, control), { maxLength: 20 });
  fc.assert(
    fc.property(frames, fc.array(fc.nat(5000), { maxLength: 30 }), (wanted, cuts) => {
      const stream = join(
        wanted.flatMap((frame) =>
          'value' in frame
            ? [jsonFrame(frame.kind, frame.value)]
            : [frameHeader(frame.kind, frame.bytes.length), frame.bytes],
        ),
      );
      const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length];
      places.sort((left, right) => left - right);
      const reader = createFrameReader();
      const pieces = places.flatMap((place, index) =>
        reader.push(stream.slice(places[index - 1] ?? 0, place)),
      );
      const merged: { kind: number; bytes: number[] }[] = [];
      for (const { kind, bytes } of pieces) {
        const last = merged.at(-1);
        const isStream = kind <= frameKinds.stderr;
        if (isStream && last?.kind === kind) last.bytes.push(...bytes);
        else merged.push({ kind, bytes: [...bytes] });
      }
      const expected: typeof merged = [];
      for (const frame of wanted) {
        const bytes =
          'value' in frame ? [...jsonFrame(frame.kind, frame.value).subarray(5)] : [...frame.bytes];
        const last = expected.at(-1);
        if (!('value' in frame) && last?.kind === frame.kind) last.bytes.push(...bytes);
        else expected.push({ kind: frame.kind, bytes });
      }
      expect(merged).toEqual(expected);
    }),
  );
});

test('an empty frame of input is its end', () => {
  expect(createFrameReader().push(frameHeader(frameKinds.stdin, 0))).toEqual([
    { kind: frameKinds.stdin, bytes: new Uint8Array(0) },
  ]);
});

test('an unknown kind and a frame beyond the limit are refused before anything is kept', () => {
  const unknown = Uint8Array.of(99, 0, 0, 0, 1);
  expect(() => createFrameReader().push(unknown)).toThrow(/unknown kind 99/);
  const huge = frameHeader(frameKinds.exit, maxFrameBytes + 1);
  expect(() => createFrameReader().push(huge)).toThrow(/frame of/);
});
