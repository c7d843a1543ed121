const ITERATIONS = 12;

/**
 * Finds the directions in which the rows of a matrix differ most (uncentred principal components), by subspace iteration.
 * @param rows row-major, with `width` numbers per row
 * @returns `count` orthogonal vectors of length 1
 */
export function principalVectors(rows: Float64Array, width: number, count: number): Float64Array[] {
  const products = productsOf(rows, width);
  // Any start vectors work that are not orthogonal to the result.
  const vectors = Array.from({ length: count }, (_, vector) =>
    Float64Array.from(
      { length: width },
      (_, at) => Math.cos((vector * Math.PI * (at + 0.5)) / (width / 2)) + 0.01 * at,
    ),
  );
  const next = new Float64Array(width);
  for (let iteration = 0; iteration < ITERATIONS; iteration += 1) {
    for (let at = 0; at < count; at += 1) {
      const vector = vectors[at] as Float64Array;
      multiply(products, vector, next);
      for (let before = 0; before < at; before += 1) {
        const other = vectors[before] as Float64Array;
        const shared = dot(next, other);
        for (let entry = 0; entry < width; entry += 1)
          next[entry] = (next[entry] as number) - shared * (other[entry] as number);
      }
      const length = Math.sqrt(dot(next, next)) || 1;
      for (let entry = 0; entry < width; entry += 1) vector[entry] = (next[entry] as number) / length;
    }
  }
  return vectors;
}

/** Sums the products of entries over all rows. Goes column by column, so that each sum stays in a register. */
function productsOf(rows: Float64Array, width: number): Float64Array {
  const count = rows.length / width;
  const columns = Array.from({ length: width }, (_, column) => {
    const values = new Float64Array(count);
    for (let row = 0; row < count; row += 1) values[row] = rows[row * width + column] as number;
    return values;
  });
  const products = new Float64Array(width * width);
  for (let i = 0; i < width; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      const sum = dot(columns[i] as Float64Array, columns[j] as Float64Array);
      products[i * width + j] = sum;
      products[j * width + i] = sum;
    }
  }
  return products;
}

function multiply(products: Float64Array, vector: Float64Array, into: Float64Array): void {
  const width = vector.length;
  for (let row = 0; row < width; row += 1) {
    let sum = 0;
    for (let column = 0; column < width; column += 1)
      sum += (products[row * width + column] as number) * (vector[column] as number);
    into[row] = sum;
  }
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at += 1) sum += (one[at] as number) * (other[at] as number);
  return sum;
}
