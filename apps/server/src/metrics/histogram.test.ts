import { AggregatorRegistry } from 'prom-client';
import { expect, test } from 'vitest';
import { createHistogram } from './histogram.ts';

const told = { name: 'took_seconds', help: 'How long it took.' };

test('each bucket counts what is in the smaller ones, and what is on its bound', () => {
  const histogram = createHistogram(told, [0.5, 2]);
  const observe = histogram.series({ call: 'list' });
  for (const seconds of [0.25, 0.5, 1, 2, 64]) observe(seconds);
  histogram.series({ call: 'stop' });
  const valuesOf = (call: string) =>
    histogram
      .export()
      .values.filter(({ labels }) => labels['call'] === call)
      .map(({ metricName, labels, value }) => [metricName, labels['le'], value]);
  expect(valuesOf('list')).toEqual([
    ['took_seconds_bucket', 0.5, 2],
    ['took_seconds_bucket', 2, 4],
    ['took_seconds_bucket', '+Inf', 5],
    ['took_seconds_sum', undefined, 67.75],
    ['took_seconds_count', undefined, 5],
  ]);
  expect(valuesOf('stop').map(([, , value]) => value)).toEqual([0, 0, 0, 0, 0]);
});

test('prom-client writes it as a histogram', async () => {
  const histogram = createHistogram(told, [0.5]);
  histogram.series({ call: 'list' })(0.25);
  const text = await AggregatorRegistry.aggregate([[histogram.export()]]).metrics();
  expect(text.trim().split('\n')).toEqual([
    '# HELP took_seconds How long it took.',
    '# TYPE took_seconds histogram',
    'took_seconds_bucket{le="0.5",call="list"} 1',
    'took_seconds_bucket{le="+Inf",call="list"} 1',
    'took_seconds_sum{call="list"} 0.25',
    'took_seconds_count{call="list"} 1',
  ]);
});
