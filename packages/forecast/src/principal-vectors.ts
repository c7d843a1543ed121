const ITERATIONS = 12;

/**
 * The directions in which the rows of a matrix lie apart most (uncentred principal components), by subspace iteration.
 * @param rows row-major, `width` numbers a row
 * @returns `count` vectors of length 1 that are at right angles to each other
 */
export function principalVectors(rows: Float64Array, width: number, count: number): Float64Array[] {
  const products = productsOf(rows, width);
  // Any start serves that is not at right angles to what is sought.
  const vectors = Array.from({ length: count }, (_, vector) =>
    Float64Array.from(
      { length: width },
      (_, at) => Math.cos((vector * Math.PI * (at + 0.5)) / (width / 2)) + 0.01 * at,
    ),
  );
  for (let iteration = 0; iteration < ITERATIONS; iteration += 1) {
    vectors.forEach((vector, at) => {
      const next = Float64Array.from({ length: width }, (_, row) =>
        vector.reduce((sum, value, column) => sum + value * (products[row * width + column] as number), 0),
      );
      for (const before of vectors.slice(0, at)) {
        const shared = dot(next, before);
        next.forEach((value, entry) => {
          next[entry] = value - shared * (before[entry] as number);
        });
      }
      const length = Math.sqrt(dot(next, next));
      vector.set(length === 0 ? next : next.map((value) => value / length));
    });
  }
  return vectors;
}

/** The sum over all rows of the products of their entries. */
function productsOf(rows: Float64Array, width: number): Float64Array {
  const products = new Float64Array(width * width);
  for (let first = 0; first < rows.length; first += width) {
    for (let i = 0; i < width; i += 1) {
      const value = rows[first + i] as number;
      if (value === 0) continue;
      for (let j = 0; j < width; j += 1) {
        const at = i * width + j;
        products[at] = (products[at] as number) + value * (rows[first + j] as number);
      }
    }
  }
  return products;
}

function dot(one: Float64Array, other: Float64Array): number {
  return one.reduce((sum, value, at) => sum + value * (other[at] as number), 0);
}
