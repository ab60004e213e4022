import { createRecipe, renderDockerfile } from '@ds01/dockerfile-builder';

/** The Dockerfile of an image with PyTorch and some packages, or what is wrong with them. */
export function thesisImage(...packages: readonly string[]): string {
  const base = { image: 'pytorch/pytorch:2.8.0-cuda12.6-cudnn9-runtime', framework: 'pytorch' };
  const made = createRecipe({ project: 'thesis', base })
    .withRequirements('requirements.txt')
    .withPackages(...packages)
    .build();
  if (made.ok) return renderDockerfile(made.recipe);
  return made.problems.map(({ path, message }) => `${path}: ${message}`).join('\n');
}
