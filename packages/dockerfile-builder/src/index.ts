export {
  packageGroups,
  type PackageGroup,
  type UseCase,
  useCases,
  usualSystemPackages,
} from './groups/package-groups.ts';
export { basePackages } from './groups/base-packages.ts';
export { starterDockerignore } from './groups/starter-dockerignore.ts';
export { type RecipeProblem, type RecipeResult } from './recipe/complete-recipe.ts';
export { createRecipe, isUseCase, type RecipeBuilder } from './recipe/create-recipe.ts';
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
export {
  type ForeignInstruction,
  parseDockerfile,
  type ParsedDockerfile,
} from './parse/parse-dockerfile.ts';
export { catalogue, mergeCatalogues } from './catalogue/catalogue.ts';
export {
  type BaseChoice,
  type BaseWish,
  chooseAmongBases,
  chooseBase,
  type EntryChoice,
  type JudgedBase,
  type JudgedEntry,
  type NoBaseReason,
} from './catalogue/choose.ts';
export {
  type CudaDriverRow,
  cudaDrivers,
  cudaOfDriver,
  fullDriverFor,
  oldestDriverFor,
} from './catalogue/cuda.ts';
export { type Accelerator, type CatalogueEntry, normaliseFramework } from './catalogue/entry.ts';
export {
  architectureOfCapability,
  architectureOfGpu,
  type GpuArchitecture,
  gpuArchitectures,
} from './catalogue/gpu-architecture.ts';
export { type BaseJudgement, type HostGpus, judgeBase } from './catalogue/judge.ts';
export { type CatalogueResult, parseCatalogue } from './catalogue/parse.ts';
export { compareVersions, matchesVersion } from './catalogue/version.ts';
export {
  type CondaEnvironment,
  type CondaEnvironmentResult,
  parseCondaEnvironment,
} from './conda/environment.ts';
export {
  type CondaExplicitResult,
  type CondaLockedPackage,
  parseCondaExplicit,
} from './conda/explicit.ts';
export { type CondaSpec, parseCondaSpec } from './conda/match-spec.ts';
export { type IgnoreRules, readDockerignore } from './context/dockerignore.ts';
export {
  type ContextFile,
  type ContextSelection,
  largeFileBytes,
  selectContext,
} from './context/select-context.ts';
export { type DuplicatePackage, findDuplicates } from './requirements/duplicates.ts';
export { type Marker, type MarkerOperand, parseMarker } from './requirements/marker.ts';
export { normaliseName } from './requirements/names.ts';
export {
  type GroupMember,
  parsePyproject,
  type ProjectRequirement,
  type Pyproject,
  type PyprojectResult,
} from './requirements/pyproject.ts';
export { type ReferencedFile, requirementFilesOf } from './requirements/referenced-files.ts';
export {
  formatRequirement,
  parseRequirement,
  type Requirement,
  type RequirementResult,
} from './requirements/requirement.ts';
export {
  parseRequirements,
  type RequirementLine,
  type RequirementOption,
  type RequirementsResult,
} from './requirements/requirements-file.ts';
export type { RequirementSource } from './requirements/source.ts';
export type { OffsetProblem, TextProblem } from './requirements/text-problem.ts';
export { type LockedPackage, parseUvLock, type UvLockResult } from './requirements/uv-lock.ts';
export { editDockerfile } from './edit/edit-dockerfile.ts';
export { packagesOf } from './edit/packages-of.ts';
export { lintDockerfile } from './lint/lint-dockerfile.ts';
export { lintRules } from './lint/rules.ts';
export type { LintFinding, LintOptions, LintRule, LintSeverity } from './lint/types.ts';
