/** `admin.emergency-stop` -> `AdminEmergencyStop`: an operation's id in the names of its schemas. */
export function nameOf(id: string): string {
  return id
    .split(/[.-]/)
    .map((part) => `${part.slice(0, 1).toUpperCase()}${part.slice(1)}`)
    .join('');
}
