/** One of several answers. */
export interface Choice<Value> {
  readonly value: Value;
  readonly label: string;
  /** More about it, shown while it is looked at. */
  readonly hint?: string;
}

/**
 * Asks a person at a terminal. Every question fails with `operation.interrupted` when it is left by
 * Ctrl-C or Escape.
 */
export interface Prompter {
  /** One of the choices; the first one unless something else is chosen. */
  select<Value extends string>(message: string, choices: readonly Choice<Value>[]): Promise<Value>;
  /** A line of text without blanks around it; Enter alone takes what is proposed. */
  text(message: string, proposed: string): Promise<string>;
  /** Yes or no; no unless yes is chosen. */
  confirm(message: string): Promise<boolean>;
  /** A remark between questions. */
  say(text: string): void;
}
