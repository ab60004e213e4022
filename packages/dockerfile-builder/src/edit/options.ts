const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Options of `pip install` and `uv pip install` that take the next word as their value. */
export const pipValueOptions = words(`
  -r --requirement --requirements -c --constraint --constraints --override --overrides -e --editable
  -i --index-url --extra-index-url --index --default-index -f --find-links -t --target --prefix --root
  --src --trusted-host --platform --python-platform --python-version --python --implementation --abi
  --progress-bar --timeout --default-timeout --retries --cache-dir --log --proxy --cert --client-cert
  --no-binary --only-binary --upgrade-strategy --global-option --build-option --config-settings -C
  --root-user-action --report --exists-action --keyring-provider --use-feature --use-deprecated --group
  --index-strategy --link-mode --torch-backend --resolution --prerelease --exclude-newer
  --refresh-package --reinstall-package -P --upgrade-package --extra --config-file --directory --project
  --color -p
`);

/** Options beside which another package may be named without a surprise. */
export const plainPipOptions = words(`
  --no-cache-dir --no-cache -q -qq --quiet -v --verbose -U --upgrade --upgrade-strategy --user --system
  --break-system-packages --disable-pip-version-check --root-user-action --no-warn-script-location
  --no-warn-conflicts --prefer-binary --progress-bar --timeout --default-timeout --retries --no-compile
  --no-input --no-color --compile-bytecode -p --python --ignore-installed -c --constraint --constraints
`);

/** Options of `apt-get` that take the next word as their value. */
export const aptValueOptions = words(
  '-t --target-release --default-release -o --option -c --config-file -a',
);

/** Options of `apt-get install` beside which another package may be named without a surprise. */
export const plainAptOptions = words(`
  -y --yes --assume-yes -q -qq -qqy -yq -yqq -qy --quiet --no-install-recommends --no-install-suggests
  --fix-missing -m -f --fix-broken --allow-downgrades --allow-unauthenticated -o --option
`);
