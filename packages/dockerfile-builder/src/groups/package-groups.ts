/** Packages that are chosen together under a name. */
export interface PackageGroup {
  /** For people. */
  readonly title: string;
  readonly packages: readonly string[];
}

const jupyter = ['jupyter', 'jupyterlab', 'ipykernel', 'ipywidgets', 'notebook'];
const dataScience = ['pandas', 'scipy', 'scikit-learn', 'matplotlib', 'seaborn'];

/** What people work on, and the packages that go with it; the same as DS01 always had. */
export const useCases = {
  ml: {
    title: 'General machine learning',
    packages: ['xgboost', 'lightgbm', 'catboost', 'optuna', 'shap'],
  },
  cv: {
    title: 'Computer vision',
    packages: ['timm', 'albumentations', 'opencv-python-headless', 'kornia', 'ultralytics'],
  },
  nlp: {
    title: 'Language',
    packages: [
      'transformers',
      'datasets',
      'tokenizers',
      'accelerate',
      'sentencepiece',
      'peft',
      'safetensors',
      'evaluate',
    ],
  },
  rl: { title: 'Reinforcement learning', packages: ['gymnasium', 'stable-baselines3'] },
  audio: { title: 'Audio', packages: ['librosa', 'soundfile', 'audiomentations'] },
  ts: { title: 'Time series', packages: ['statsmodels', 'prophet', 'darts'] },
  llm: {
    title: 'Large language models',
    packages: ['vllm', 'bitsandbytes', 'langchain', 'einops'],
  },
} as const satisfies Readonly<Record<string, PackageGroup>>;

/** Name of a use case. */
export type UseCase = keyof typeof useCases;

/** Every group by name, in the order in which images install them: what changes least first. */
export const packageGroups: Readonly<Record<'jupyter' | 'data-science' | UseCase, PackageGroup>> = {
  jupyter: { title: 'Jupyter', packages: jupyter },
  'data-science': { title: 'Data science', packages: dataScience },
  ...useCases,
};

/** Debian packages that every image of the predecessor had; a recipe has them when it says so. */
export const usualSystemPackages: readonly string[] = ['git', 'curl', 'wget', 'vim', 'htop'];
