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
export { readDockerfile } from './document/read-dockerfile.ts';
export type {
  DockerfileDirective,
  DockerfileDocument,
  DockerfileInstruction,
  DockerfileOddity,
  DockerfileProblem,
  DockerfileStage,
  Heredoc,
  InstructionFlag,
  LogicalText,
} from './document/types.ts';
export { analyseBuild, analyseTriggers } from './analyse/analyse-build.ts';
export { pinBuild, type PinOptions } from './analyse/pin-build.ts';
export type {
  AnalyseOptions,
  BuildAnalysis,
  BuildAnalysisResult,
  BuildKitUse,
  ContextSource,
  ExternalImage,
  RemoteSource,
  TriggerInstruction,
} from './analyse/types.ts';
export type { DockerfileEdit, DockerfileEditResult, DockerfilePackages } from './edit/types.ts';
