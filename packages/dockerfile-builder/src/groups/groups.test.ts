import { expect, test } from 'vitest';
import { readDockerignore } from '../context/dockerignore.ts';
import { parseRequirement } from '../requirements/requirement.ts';
import { choosePackages } from './choose-packages.ts';
import { packageGroups, useCases } from './package-groups.ts';
import { starterDockerignore } from './starter-dockerignore.ts';

const plain = { framework: null, image: 'debian:12' };
const pytorch = { framework: 'pytorch', image: 'aimehub/pytorch-2.8.0-cuda12.6.3' };

test('groups come in the order of their layers, use cases last', () => {
  expect(Object.keys(packageGroups)).toEqual(['jupyter', 'data-science', ...Object.keys(useCases)]);
});

test('every package of a group is PEP 508, and in one group only', () => {
  const packages = Object.values(packageGroups).flatMap((group) => group.packages);
  expect(packages.filter((spec) => !parseRequirement(spec).ok)).toEqual([]);
  expect(new Set(packages).size).toBe(packages.length);
});

test('a group’s package gives way to the version that a person asked for', () => {
  const groups = [{ name: 'data-science', packages: ['pandas', 'scikit-learn'] }];
  const chosen = choosePackages({ base: plain, groups, packages: ['Scikit_Learn~=1.5'] });
  expect(chosen.groups).toEqual([{ name: 'data-science', packages: ['pandas'] }]);
  expect(chosen.packages).toEqual(['Scikit_Learn~=1.5']);
  expect(chosen.notices).toEqual([
    'scikit-learn (data-science) is left out: Scikit_Learn~=1.5 is there already',
  ]);
});

test('what the base has is left out unless a version is named', () => {
  const chosen = choosePackages({ base: pytorch, groups: [], packages: ['Torch', 'numpy<2'] });
  expect(chosen.packages).toEqual(['numpy<2']);
  expect(chosen.notices).toEqual([
    'Torch (additional packages) is left out: the base has it',
    'numpy<2 (additional packages) may change what the base has',
  ]);
});

test('a name alone gives way to the framework that completes a base', () => {
  const torch = 'torch @ https://example.org/torch-2.9.1%2Bcpu.whl';
  const groups = [{ name: 'framework', packages: [torch] }];
  const chosen = choosePackages({ base: plain, groups, packages: ['torch', 'rich'] });
  expect(chosen).toMatchObject({ packages: ['rich'], groups });
});

test('only the framework itself is taken for granted in an image of somebody else', () => {
  const base = { framework: 'pytorch', image: 'lab/torch:1' };
  const chosen = choosePackages({ base, groups: [], packages: ['torch', 'torchvision'] });
  expect(chosen.packages).toEqual(['torchvision']);
});

test('the same package for two Python versions is no repetition', () => {
  const packages = ['a==1; python_version<"3.12"', 'a==2; python_version>="3.12"', 'a', 'a'];
  const chosen = choosePackages({ base: plain, groups: [], packages });
  expect(chosen.packages).toEqual(packages.slice(0, 2));
});

test('a group that the base covers is gone', () => {
  const groups = [{ name: 'mine', packages: ['torch', 'torchvision'] }];
  expect(choosePackages({ base: pytorch, groups, packages: [] }).groups).toEqual([]);
});

test('a starter .dockerignore keeps code and leaves out data, models, caches and secrets', () => {
  const rules = readDockerignore(starterDockerignore());
  const ignored = (path: string): boolean => rules.ignores(path);
  const heavy = ['data/x.csv', 'models/a.bin', 'deep/er/model.pt', '.git/HEAD', '.venv/bin/python'];
  const secret = ['.env', 'app/.env.local', 'keys/id_ed25519'];
  expect([...heavy, ...secret].filter((path) => !ignored(path))).toEqual([]);
  const kept = [
    'src/train.py',
    'requirements.txt',
    'pyproject.toml',
    'src/data/load.py',
    'environment.yml',
  ];
  expect(kept.filter(ignored)).toEqual([]);
});
