import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { updateImage } from '../images/update-image.ts';

/** `ds01 image install`: packages for the image that a container was made from. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const [name = '', ...packages] = operands;
  const { container } = await runtime.api.call('containers.show', { name }, { signal });
  const { slug } = await runtime.api.call('users.me', {}, { signal });
  const image = ownImage(container.image, slug);
  if (image === null) {
    throw ds01Error('image.not-found', {
      message:
        `${name} was made from ${container.image}, which isn't an image of yours that could be ` +
        'changed. Make one that begins with it, and deploy that.',
      hint: `ds01 image create ${name} --base ${container.image} --packages '${packages.join(' ')}'`,
      details: { image: container.image },
    });
  }
  output.say(`${name} was made from your image "${image}", which gets the packages.`);
  return updateImage({
    ...context,
    operands: [image],
    flags: { ...flags, add: [packages.join(' ')] },
  });
}

function ownImage(reference: string, slug: string): string | null {
  const bare = reference.split(':')[0] ?? '';
  if (!bare.includes('/')) return bare === '' ? null : bare;
  const prefix = `ds01-${slug}/`;
  return bare.startsWith(prefix) ? bare.slice(prefix.length) : null;
}
