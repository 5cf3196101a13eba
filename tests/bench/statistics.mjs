// Statistics of samples, as plain functions.

/** Returns the quantile of a sample at `share`, 0 to 1, by linear interpolation. */
export function quantile(values, share) {
  const order = Float64Array.from(values).sort();
  const position = (order.length - 1) * share;
  const lower = Math.floor(position);
  const upper = Math.min(lower + 1, order.length - 1);
  return order[lower] + (order[upper] - order[lower]) * (position - lower);
}

export const median = (values) => quantile(values, 0.5);

/** Returns the median, the least and the greatest value. */
export const spread = (values) => ({
  median: median(values),
  least: Math.min(...values),
  greatest: Math.max(...values),
});

/**
 * Returns the ratio of each measurement to the mean of the two floors around it. `floors` has one
 * more entry than `measured`, so that a change of the machine's speed affects both.
 */
export const ratios = (measured, floors) =>
  measured.map((value, index) => value / ((floors[index] + floors[index + 1]) / 2));

/**
 * Returns the area under the ROC curve of a classifier that separates two samples by their values:
 * the share of pairs in which the value of `a` is the greater one. 0.5 is a guess.
 */
export function areaUnderCurve(a, b) {
  const all = [...a.map((value) => ({ value, inA: 1 })), ...b.map((value) => ({ value, inA: 0 }))];
  all.sort((left, right) => left.value - right.value);
  let ranks = 0;
  for (let start = 0; start < all.length; ) {
    let end = start;
    while (end < all.length && all[end].value === all[start].value) end++;
    // Equal values get the mean of their ranks.
    const rank = (start + 1 + end) / 2;
    for (let index = start; index < end; index++) ranks += all[index].inA * rank;
    start = end;
  }
  return (ranks - (a.length * (a.length + 1)) / 2) / (a.length * b.length);
}

/**
 * Returns the standard deviation of the area under the curve for two samples of these sizes from
 * one distribution.
 */
export const areaDeviation = (a, b) => Math.sqrt((a + b + 1) / (12 * a * b));

/** Shuffles a list in place and returns it. */
export function shuffle(values) {
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [values[last], values[other]] = [values[other], values[last]];
  }
  return values;
}

/** Returns the 95 % quantile of the difference between the medians of two random halves. */
export function noiseOfHalves(sample, splits = 500) {
  const half = Math.floor(sample.length / 2);
  const differences = Array.from({ length: splits }, () => {
    const mixed = shuffle([...sample]);
    return Math.abs(median(mixed.slice(0, half)) - median(mixed.slice(half)));
  });
  return quantile(differences, 0.95);
}

/** Returns the rate of each load, in responses per second. */
export const rates = (loads) => loads.map(({ rate }) => rate);

/** Returns the median CPU time per response, in seconds, or `undefined` without /proc. */
export function medianCpu(loads) {
  if (loads.some(({ cpu }) => cpu === undefined)) return undefined;
  return median(loads.map(({ cpu }) => cpu));
}
