/** What breaks a client that was written for the released document, by the name of the rule. */
export const breakingRules = {
  'operation-removed': 'a path or a method is gone',
  'operation-renamed': 'an operation has another id, which generated clients call it by',
  'access-narrowed': 'a caller who might do it may no longer',
  'parameter-removed': 'a parameter that was sent is refused, or means nothing',
  'parameter-required': 'a parameter has to be sent that was not needed',
  'body-required': 'a body has to be sent that was not needed',
  'body-type-removed': 'a body of a type that was taken is refused',
  'input-type-narrowed': 'a kind of value that was taken is refused',
  'input-value-removed': 'a value that was taken is refused',
  'input-bound-tightened': 'a length, number or count that was taken is refused',
  'input-pattern-changed': 'a text that was taken may be refused',
  'input-field-removed': 'a field that was sent is refused',
  'input-field-required': 'a field has to be sent that was not needed',
  'input-closed': 'further fields that were taken are refused',
  'default-changed': 'leaving it out means something else',
  'status-removed': 'a good answer comes with another status',
  'answer-type-removed': 'an answer no longer comes in a media type',
  'answer-header-removed': 'an answer no longer has a header',
  'output-field-removed': 'a field that was there is gone',
  'output-field-optional': 'a field that was always there may be missing',
  'output-type-widened': 'a field has kinds of values that it never had',
  'output-value-changed': 'a field that always had one value has another',
  'output-format-changed': 'a text is written in another way',
  'code-removed': 'a problem has another code or status, by which clients know it',
} as const;

/** Name of a rule. */
export type BreakingRule = keyof typeof breakingRules;

/** One change that breaks clients. */
export interface BreakingChange {
  readonly rule: BreakingRule;
  /** Operation, then the way to what changed: `containers.deploy body.gpu.count`. */
  readonly where: string;
  readonly message: string;
}
