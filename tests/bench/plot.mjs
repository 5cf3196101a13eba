// Draws the figures: a row for each with its target, and the distribution of the response times of
// known and unknown identifiers.

const WIDTH = 860;
const LEFT = 270;
const RIGHT = 40;
const ROW = 34;
const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #222; }
.small { font-size: 11px; fill: #666; }
.axis { stroke: #ccc; }
.target { stroke: #222; stroke-width: 2; }
.met { fill: #2a7f4f; stroke: #2a7f4f; }
.missed { fill: #b3372f; stroke: #b3372f; }
.plain { fill: #777; stroke: #777; }
.known { stroke: #2a5db0; fill: none; stroke-width: 1.5; }
.unknown { stroke: #d08a1d; fill: none; stroke-width: 1.5; }
@media (prefers-color-scheme: dark) {
  svg { background: #16181c; }
  text { fill: #ddd; }
  .small { fill: #999; }
  .axis { stroke: #444; }
  .target { stroke: #ddd; }
  .met { fill: #57b884; stroke: #57b884; }
  .missed { fill: #e2726b; stroke: #e2726b; }
}
`;

const SMALL = 'class="small"';
const SMALL_MIDDLE = 'class="small" text-anchor="middle"';
const SMALL_END = 'class="small" text-anchor="end"';

const escape = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
const fixed = (value) => value.toFixed(1);

const text = (x, y, content, attributes = "") =>
  `<text x="${fixed(x)}" y="${fixed(y)}" ${attributes}>${escape(content)}</text>`;

function line(x1, y1, x2, y2, name) {
  const ends = `x1="${fixed(x1)}" y1="${fixed(y1)}" x2="${fixed(x2)}" y2="${fixed(y2)}"`;
  return `<line ${ends} class="${name}"/>`;
}

const dot = (x, y, radius, attributes) =>
  `<circle cx="${fixed(x)}" cy="${y}" r="${radius}" ${attributes}/>`;

function className(figure, verdict) {
  if (figure.target === undefined) return "plain";
  return verdict(figure).startsWith("met") ? "met" : "missed";
}

/** Draws one row per figure. Each has its own scale, from 0 to 10 % over its largest value. */
function rows(figures, top, verdict) {
  return figures.map((figure, index) => {
    const { ratio, rounds, target } = figure;
    const y = top + index * ROW;
    const marks = [target?.least, target?.most].filter((mark) => mark !== undefined);
    const greatest = Math.max(ratio.greatest, ...rounds, ...marks, 1) * 1.1;
    const x = (value) => LEFT + (Math.max(value, 0) / greatest) * (WIDTH - LEFT - RIGHT);
    const name = className(figure, verdict);
    const faint = `class="${name}" fill-opacity="0.4" stroke="none"`;
    return [
      text(12, y + 4, figure.name.trim()),
      line(LEFT, y, WIDTH - RIGHT, y, "axis"),
      ...marks.map((mark) => line(x(mark), y - 10, x(mark), y + 10, "target")),
      ...marks.map((mark) => text(x(mark) + 4, y + 14, String(mark), SMALL)),
      line(x(ratio.least), y, x(ratio.greatest), y, name),
      ...rounds.map((round) => dot(x(round), y, 2.5, faint)),
      dot(x(ratio.median), y, 5, `class="${name}"`),
      text(x(ratio.median), y - 9, ratio.median.toFixed(2), SMALL_MIDDLE),
    ].join("");
  });
}

/** Draws the cumulative distributions of both samples, which should coincide. */
function curves({ known, unknown }, top, height) {
  const all = [...known, ...unknown].sort((a, b) => a - b);
  const longest = all[Math.floor(all.length * 0.99)];
  const x = (value) => LEFT + (value / longest) * (WIDTH - LEFT - RIGHT);
  const y = (share) => top + height - share * height;
  const path = (times, name) => {
    const order = [...times].sort((a, b) => a - b);
    const shares = Array.from({ length: 201 }, (_, index) => index / 200);
    const points = shares
      .map((share) => [order[Math.floor(share * (order.length - 1))], share])
      .filter(([time]) => time <= longest)
      .map(([time, share]) => `${fixed(x(time))} ${fixed(y(share))}`);
    return `<path class="${name}" d="M${points.join("L")}"/>`;
  };
  return [
    text(12, top + 14, "share of responses by time"),
    text(12, top + 34, "known", 'style="fill:#2a5db0"'),
    text(62, top + 34, "unknown", 'style="fill:#d08a1d"'),
    line(LEFT, top + height, WIDTH - RIGHT, top + height, "axis"),
    line(LEFT, top, LEFT, top + height, "axis"),
    path(known, "known"),
    path(unknown, "unknown"),
    text(LEFT, top + height + 16, "0 ms", SMALL),
    text(WIDTH - RIGHT, top + height + 16, `${fixed(longest)} ms`, SMALL_END),
  ].join("");
}

/** Returns the picture as SVG. `verdict` is that of report.mjs. */
export function plot({ figures, curves: times, at }, verdict) {
  const top = 64;
  const below = top + figures.length * ROW;
  const height = times === undefined ? below : below + 190;
  const size = `width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>
<style>${STYLE}</style>
${text(12, 24, `Relatch: the ratio of each figure to a floor of the same run (${at})`)}
${text(12, 42, "large dot: median, small dots: rounds, bar: target", SMALL)}
${rows(figures, top + 10, verdict).join("\n")}
${times === undefined ? "" : curves(times, below + 10, 140)}
</svg>
`;
}
