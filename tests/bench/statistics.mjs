// What the figures are made of. Everything is a plain function of samples.

export const sorted = (values) => Float64Array.from(values).sort();

/** Between two neighbours the value lies in proportion. */
export function quantile(values, share) {
  const order = sorted(values);
  const place = (order.length - 1) * share;
  const below = Math.floor(place);
  return order[below] + (order[Math.min(below + 1, order.length - 1)] - order[below]) * (place - below);
}

export const median = (values) => quantile(values, 0.5);

/** Median, least and greatest. */
export const spread = (values) => ({ median: median(values), least: Math.min(...values), greatest: Math.max(...values) });

/**
 * Ratios of measurements to the floor around each: `floors` has one more, measured before, between and after them, so that
 * a machine that slows down or speeds up meanwhile does so to both.
 */
export const ratios = (measured, floors) => measured.map((value, index) => value / ((floors[index] + floors[index + 1]) / 2));

/**
 * The share of pairs in which a value of `a` is the greater one: the area under the curve of whoever guesses by that value.
 * One half is a guess.
 */
export function areaUnderCurve(a, b) {
  const all = [...a.map((value) => ({ value, one: 1 })), ...b.map((value) => ({ value, one: 0 }))];
  all.sort((left, right) => left.value - right.value);
  let ranks = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to].value === all[from].value) to++;
    // Equal values share the mean of their ranks.
    for (let at = from; at < to; at++) ranks += all[at].one * ((from + 1 + to) / 2);
    from = to;
  }
  return (ranks - (a.length * (a.length + 1)) / 2) / (a.length * b.length);
}

/** How far the area under the curve strays from one half by chance, where there is nothing to tell: one standard deviation. */
export const areaDeviation = (a, b) => Math.sqrt((a + b + 1) / (12 * a * b));

export function shuffle(values) {
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [values[last], values[other]] = [values[other], values[last]];
  }
  return values;
}

/** By how much the medians of two random halves of one sample differ: nineteen times in twenty by less than this. */
export function noiseOfHalves(sample, splits = 500) {
  const half = Math.floor(sample.length / 2);
  const differences = Array.from({ length: splits }, () => {
    const mixed = shuffle([...sample]);
    return Math.abs(median(mixed.slice(0, half)) - median(mixed.slice(half)));
  });
  return quantile(differences, 0.95);
}

/** Answers in a second of each measurement. */
export const rates = (loads) => loads.map(({ rate }) => rate);

/** CPU of one answer, in seconds; nothing where the system does not tell. */
export const medianCpu = (loads) => (loads.some(({ cpu }) => cpu === undefined) ? undefined : median(loads.map(({ cpu }) => cpu)));
