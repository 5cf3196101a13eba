// Formats the figures as a table.
//
// A figure has:
//
// - `name`; two leading spaces mark a figure that explains the one above it
// - `measured`: `value` and `unit`
// - `floor`: `value`, `unit`, and `of`, what was measured for it
// - `ratio`: `median`, `least` and `greatest` ratio of the measurements to the floor
// - `rounds`: the ratio of each round
// - `target`: the `least` or `most` that the ratio should be; without one there is no verdict
// - `note`: an explanation of the measurement
//
// A step has a `name` and `cpu`, the runtime's CPU time in seconds.

function digits(value) {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

const amount = ({ value, unit }) => `${digits(value)}${unit}`;

function bound({ least, most }) {
  const parts = [];
  if (least !== undefined) parts.push(`≥ ${least}`);
  if (most !== undefined) parts.push(`≤ ${most}`);
  return parts.join(", ");
}

const within = (value, { least = -Infinity, most = Infinity }) => value >= least && value <= most;

/**
 * Returns "met" or "missed" by the median, with "within noise" if the least or the greatest ratio
 * has the other verdict; an empty string for a figure without a target.
 */
export function verdict({ ratio, target }) {
  if (target === undefined) return "";
  const isMet = within(ratio.median, target);
  const word = isMet ? "met" : "missed";
  const isSure = [ratio.least, ratio.greatest].every((value) => within(value, target) === isMet);
  return isSure ? word : `${word}, within noise`;
}

/** Formats rows of cells. The first row is the header, the first column is aligned left. */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const pad = (cell, column) =>
    column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]);
  const [head, ...body] = rows.map((row) => row.map(pad).join("  ").trimEnd());
  return [head, "─".repeat(head.length), ...body].join("\n");
}

function spreadText({ median, least, greatest }) {
  if (least === greatest) return median.toFixed(3);
  return `${median.toFixed(3)} (${least.toFixed(2)} to ${greatest.toFixed(2)})`;
}

/** Returns the report as text. */
export function report({ figures, steps, skipped, machine }) {
  const rows = figures.map((figure) => [
    figure.name,
    amount(figure.measured),
    `${amount(figure.floor)} ${figure.floor.of}`,
    spreadText(figure.ratio),
    figure.target === undefined ? "" : bound(figure.target),
    verdict(figure),
  ]);
  for (const { name, why } of skipped) rows.push([name, "not measured", why, "", "", ""]);
  const head = ["figure", "measured", "floor", "ratio (spread)", "target", ""];
  const parts = [table([head, ...rows])];

  const noted = figures.filter(({ note }) => note);
  const notes = noted.map(({ name, note }) => `  ${name.trim()}: ${note}`);
  if (notes.length > 0) parts.push(notes.join("\n"));

  const measured = steps.filter(({ cpu }) => cpu !== undefined);
  const hash = measured.find(({ name }) => name === "one hash")?.cpu;
  if (measured.length > 0) {
    const cpuRows = measured.map(({ name, cpu }) => [
      name,
      `${(cpu * 1000).toFixed(2)} ms`,
      hash === undefined ? "" : (cpu / hash).toFixed(3),
    ]);
    parts.push(table([["CPU time of the runtime", "per call", "of one hash"], ...cpuRows]));
  } else if (steps.length > 0) {
    parts.push("CPU times are available on Linux only.");
  }
  const { cpus, model, node, workerd, hash: cost } = machine;
  parts.push(`${cpus} × ${model}; Node ${node}, workerd ${workerd}; hash ${cost}`);
  return parts.join("\n\n");
}
