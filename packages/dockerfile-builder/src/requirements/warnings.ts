/** Something that pip takes, but a person should know. */
export interface OffsetWarning {
  readonly offset: number;
  readonly message: string;
  readonly hint: string | null;
}

const variable = /\$\{[A-Z0-9_]+\}/g;
const onlyVariable = /^\$\{[A-Z0-9_]+\}$/;

function hasSecret(scheme: string, userInfo: string): boolean {
  const colon = userInfo.indexOf(':');
  if (colon !== -1) {
    const password = userInfo.slice(colon + 1);
    return password !== '' && !onlyVariable.test(password);
  }
  const isWeb = /^(?:[a-z]+\+)?https?$/i.test(scheme);
  return isWeb && userInfo !== 'git' && userInfo !== '' && !onlyVariable.test(userInfo);
}

/** Credentials in addresses, which would stay in the image; the message does not repeat them. */
export function credentialWarnings(line: string): readonly OffsetWarning[] {
  return [
    ...line.matchAll(/(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/\s@]*(?:@[^/\s@]*)*)@/g),
  ]
    .filter((found) => hasSecret(found[1] ?? '', found[2] ?? ''))
    .map((found) => ({
      offset: found.index,
      message: 'this address has credentials in it: everybody who has the image can read them',
      hint: 'install from an index that needs none, or from files that you download before',
    }));
}

/** `${NAME}`, which pip replaces from its environment (only capitals, digits and `_` count). */
export function variableWarnings(line: string): readonly OffsetWarning[] {
  return [...line.matchAll(variable)].map((found) => ({
    offset: found.index,
    message: `${found[0]} comes from the environment of the build, where it is empty unless the Dockerfile sets it`,
    hint: 'a value that the Dockerfile sets is no secret: it stays in the image',
  }));
}
