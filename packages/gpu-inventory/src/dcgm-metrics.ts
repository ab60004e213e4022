import type { SlotUtilization } from '@ds01/ports';

/** Metrics that tell how busy a GPU is (DCGM field identifiers), and what makes percents of them. */
const metrics: Readonly<
  Record<string, { readonly factor: number; readonly ofInstances: boolean }>
> = {
  // Share of the time that the graphics or compute engine was busy; 0 to 1.
  DCGM_FI_PROF_GR_ENGINE_ACTIVE: { factor: 100, ofInstances: true },
  // Percent; of whole GPUs only, and under MIG of none.
  DCGM_FI_DEV_GPU_UTIL: { factor: 1, ofInstances: false },
};

/** A sample: name, labels, value (Prometheus text-based exposition format). */
const sample = /^([A-Za-z_:][\w:]*)\{(.*)\}\s+(\S+)/;
const label = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/**
 * Reads what a dcgm-exporter prints: one entry for each GPU and GPU instance, the highest where several
 * metrics tell it. Lines of other things, and values that are no share, are left out.
 */
export function parseDcgmMetrics(text: string): readonly SlotUtilization[] {
  const highest = new Map<string, SlotUtilization>();
  for (const line of text.split('\n')) {
    const read = readLine(line);
    if (read === null) continue;
    const key = `${read.deviceUuid} ${read.gpuInstanceId ?? ''}`;
    const known = highest.get(key);
    if (known === undefined || known.percent < read.percent) highest.set(key, read);
  }
  return [...highest.values()];
}

function readLine(line: string): SlotUtilization | null {
  const [, name = '', labelText = '', value = ''] = sample.exec(line) ?? [];
  const metric = Object.hasOwn(metrics, name) ? metrics[name] : undefined;
  if (metric === undefined) return null;
  const labels = new Map(
    [...labelText.matchAll(label)].map(([, key = '', text = '']) => [key, text]),
  );
  const deviceUuid = labels.get('UUID') ?? '';
  const instance = labels.get('GPU_I_ID') ?? '';
  const percent = Number(value) * metric.factor;
  if (!deviceUuid.startsWith('GPU-') || !(percent >= 0 && percent <= 100)) return null;
  if (instance === '') return { deviceUuid, gpuInstanceId: null, percent };
  if (!metric.ofInstances || !/^\d{1,3}$/.test(instance)) return null;
  return { deviceUuid, gpuInstanceId: Number(instance), percent };
}
