// The figures as a table.

const digits = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2));

export const amount = ({ value, unit }) => `${digits(value)}${unit}`;

const bound = ({ least, most }) => [least === undefined ? "" : `≥ ${least}`, most === undefined ? "" : `≤ ${most}`].filter(Boolean).join(", ");

const within = (value, { least = -Infinity, most = Infinity }) => value >= least && value <= most;

/** Whether a figure meets its target, and whether its noise leaves room for the other answer. */
export function verdict({ ratio, target }) {
  if (target === undefined) return "";
  const word = within(ratio.median, target) ? "met" : "missed";
  const sure = [ratio.least, ratio.greatest].every((value) => within(value, target) === within(ratio.median, target));
  return sure ? word : `${word}, within noise`;
}

function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("  ");
  const [head, ...body] = rows.map((row) => line(row).trimEnd());
  return [head, "─".repeat(head.length), ...body].join("\n");
}

const spreadOf = ({ median, least, greatest }) =>
  least === greatest ? median.toFixed(3) : `${median.toFixed(3)} (${least.toFixed(2)} to ${greatest.toFixed(2)})`;

export function report({ figures, steps, skipped, machine }) {
  const rows = figures.map((figure) => [
    figure.name,
    amount(figure.measured),
    `${amount(figure.floor)} ${figure.floor.of}`,
    spreadOf(figure.ratio),
    figure.target === undefined ? "" : bound(figure.target),
    verdict(figure),
  ]);
  for (const { name, why } of skipped) rows.push([name, "not measured", why, "", "", ""]);
  const parts = [table([["figure", "measured", "floor", "ratio (spread)", "target", ""], ...rows])];

  const notes = figures.filter(({ note }) => note).map(({ name, note }) => `  ${name.trim()}: ${note}`);
  if (notes.length > 0) parts.push(notes.join("\n"));

  const known = steps.filter(({ cpu }) => cpu !== undefined);
  const hash = known.find(({ name }) => name === "one hash")?.cpu;
  if (known.length > 0)
    parts.push(
      table([
        ["CPU of the runtime", "each", "of one hash"],
        ...known.map(({ name, cpu }) => [name, `${(cpu * 1000).toFixed(2)} ms`, hash === undefined ? "" : (cpu / hash).toFixed(3)]),
      ]),
    );
  else if (steps.length > 0) parts.push("CPU is told on Linux only.");
  parts.push(`${machine.cpus} × ${machine.model}; Node ${machine.node}, workerd ${machine.workerd}; hash ${machine.hash}`);
  return parts.join("\n\n");
}
