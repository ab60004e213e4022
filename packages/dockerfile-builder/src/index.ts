export {
  packageGroups,
  type PackageGroup,
  type UseCase,
  useCases,
  usualSystemPackages,
} from './groups/package-groups.ts';
export { basePackages } from './groups/base-packages.ts';
export { starterDockerignore } from './groups/starter-dockerignore.ts';
export {
  createRecipe,
  isUseCase,
  type RecipeBuilder,
  type RecipeProblem,
  type RecipeResult,
} from './recipe/create-recipe.ts';
export {
  type PackageBlock,
  type Recipe,
  type RecipeInput,
  type RecipeOwner,
  recipeSchema,
} from './recipe/recipe-schema.ts';
export { renderDockerfile } from './render/render-dockerfile.ts';
