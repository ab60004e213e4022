/** A key, by what it is called (`up`, `ctrl-c`) or what it types. */
export type Key = string;

const sequences: Readonly<Record<string, Key>> = {
  '[A': 'up',
  '[B': 'down',
  '[C': 'right',
  '[D': 'left',
  OA: 'up',
  OB: 'down',
  OC: 'right',
  OD: 'left',
  '[H': 'home',
  '[F': 'end',
  OH: 'home',
  OF: 'end',
  '[1~': 'home',
  '[4~': 'end',
  '[7~': 'home',
  '[8~': 'end',
  '[5~': 'page-up',
  '[6~': 'page-down',
  '[Z': 'back-tab',
};
const controls: Readonly<Record<string, Key>> = {
  '\u0003': 'ctrl-c',
  '\u0004': 'page-down',
  '\u0015': 'page-up',
  '\u000C': 'ctrl-l',
  '\u001A': 'ctrl-z',
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007F': 'backspace',
  '\b': 'backspace',
};

/** Reads what a terminal sends, cut anywhere. Keys that aren't known are left out. */
export function createKeyReader(): { readonly read: (chunk: string) => readonly Key[] } {
  let pending = '';
  return {
    read(chunk) {
      const keys: Key[] = [];
      let rest = pending + chunk;
      pending = '';
      while (rest !== '') {
        if (rest.startsWith('\u001B') && rest.length > 1) {
          const sequence = /^\u001B(\[[0-?]*[ -/]*[@-~]|O[@-~])/.exec(rest);
          if (sequence === null && /^\u001B(?:\[[0-?]*|O)$/.test(rest)) {
            pending = rest;
            return keys;
          }
          const known = sequence === null ? 'escape' : sequences[sequence[1] ?? ''];
          if (known !== undefined) keys.push(known);
          rest = rest.slice(sequence === null ? 1 : sequence[0].length);
          continue;
        }
        const [sign = ''] = rest;
        rest = rest.slice(sign.length);
        if (sign === '\u001B') keys.push('escape');
        else if (controls[sign] !== undefined) keys.push(controls[sign]);
        else if (!/\p{Cc}/u.test(sign)) keys.push(sign);
      }
      return keys;
    },
  };
}
