/** Rows as objects by column. A name that comes again gets a number (`a`, `a_2`), so that no value is lost. */
export function asObjects(columns: readonly string[], rows: readonly (readonly unknown[])[]): object[] {
  const names: string[] = [];
  for (const column of columns) {
    let name = column;
    for (let nth = 2; names.includes(name); nth++) name = `${column}_${nth}`;
    names.push(name);
  }
  return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
}
