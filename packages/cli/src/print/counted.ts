/** A number with its noun, such as `1 system` or `2 systems`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
