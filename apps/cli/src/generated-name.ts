const qualities = [
  'amber',
  'bold',
  'brisk',
  'calm',
  'clever',
  'cosmic',
  'eager',
  'fluffy',
  'gentle',
  'golden',
  'keen',
  'lively',
  'lucky',
  'mellow',
  'merry',
  'nimble',
  'patient',
  'quiet',
  'rapid',
  'silver',
  'steady',
  'sunny',
  'vivid',
  'witty',
];
const animals = [
  'badger',
  'beaver',
  'crane',
  'dolphin',
  'falcon',
  'finch',
  'fox',
  'gecko',
  'heron',
  'ibex',
  'koala',
  'lemur',
  'lynx',
  'marten',
  'newt',
  'otter',
  'owl',
  'panda',
  'puffin',
  'raven',
  'seal',
  'stork',
  'tapir',
  'wombat',
];

/**
 * A name such as `calm-otter` that isn't taken. `random` gives a number from 0 up to, but not
 * including, its argument.
 */
export function generatedName(
  taken: ReadonlySet<string>,
  random: (below: number) => number,
): string {
  const count = qualities.length * animals.length;
  const start = random(count);
  for (let step = 0; ; step += 1) {
    const at = (start + step) % count;
    const quality = qualities[at % qualities.length] ?? '';
    const animal = animals[Math.floor(at / qualities.length)] ?? '';
    const name = `${quality}-${animal}${step < count ? '' : `-${Math.floor(step / count) + 1}`}`;
    if (!taken.has(name)) return name;
  }
}
