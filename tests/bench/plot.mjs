// The figures as a picture: a line for each with its target, and the answer times of known and unknown names.

const WIDTH = 860;
const LEFT = 270;
const RIGHT = 40;
const ROW = 34;
const STYLE = `text{font:13px system-ui,sans-serif;fill:#222}.small{font-size:11px;fill:#666}.axis{stroke:#ccc}.met{fill:#2a7f4f;stroke:#2a7f4f}
.missed{fill:#b3372f;stroke:#b3372f}.plain{fill:#777;stroke:#777}.target{stroke:#222;stroke-width:2}.known{stroke:#2a5db0;fill:none;stroke-width:1.5}
.unknown{stroke:#d08a1d;fill:none;stroke-width:1.5}
@media(prefers-color-scheme:dark){svg{background:#16181c}text{fill:#ddd}.small{fill:#999}.axis{stroke:#444}.target{stroke:#ddd}.met{fill:#57b884;stroke:#57b884}.missed{fill:#e2726b;stroke:#e2726b}}`;

const escape = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
const text = (x, y, content, attributes = "") => `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escape(content)}</text>`;
const line = (x1, y1, x2, y2, name) =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" class="${name}"/>`;

/** One row a figure. Every ratio is drawn on a scale of its own, from nothing to a bit more than the largest thing on it. */
function rows(figures, top, verdict) {
  return figures.map((figure, index) => {
    const { ratio, rounds, target } = figure;
    const y = top + index * ROW;
    const marks = [target?.least, target?.most].filter((mark) => mark !== undefined);
    const greatest = Math.max(ratio.greatest, ...rounds, ...marks, 1) * 1.1;
    const x = (value) => LEFT + (Math.max(value, 0) / greatest) * (WIDTH - LEFT - RIGHT);
    const name = target === undefined ? "plain" : verdict(figure).startsWith("met") ? "met" : "missed";
    return [
      text(12, y + 4, figure.name.trim()),
      line(LEFT, y, WIDTH - RIGHT, y, "axis"),
      ...marks.map((mark) => line(x(mark), y - 10, x(mark), y + 10, "target")),
      ...marks.map((mark) => text(x(mark) + 4, y + 14, String(mark), 'class="small"')),
      line(x(ratio.least), y, x(ratio.greatest), y, name),
      ...rounds.map((round) => `<circle cx="${x(round).toFixed(1)}" cy="${y}" r="2.5" class="${name}" fill-opacity="0.4" stroke="none"/>`),
      `<circle cx="${x(ratio.median).toFixed(1)}" cy="${y}" r="5" class="${name}"/>`,
      text(x(ratio.median), y - 9, ratio.median.toFixed(2), 'class="small" text-anchor="middle"'),
    ].join("");
  });
}

/** What share of the answers came within how long, for both kinds of names: the two lines should lie on each other. */
function curves({ known, unknown }, top, height) {
  const all = [...known, ...unknown].sort((a, b) => a - b);
  const longest = all[Math.floor(all.length * 0.99)];
  const x = (value) => LEFT + (value / longest) * (WIDTH - LEFT - RIGHT);
  const y = (share) => top + height - share * height;
  const path = (times, name) => {
    const order = [...times].sort((a, b) => a - b);
    const points = Array.from({ length: 201 }, (_, at) => [order[Math.floor((at / 200) * (order.length - 1))], at / 200]);
    const inside = points.filter(([time]) => time <= longest);
    return `<path class="${name}" d="M${inside.map(([time, share]) => `${x(time).toFixed(1)} ${y(share).toFixed(1)}`).join("L")}"/>`;
  };
  return [
    text(12, top + 14, "answers within so long"),
    text(12, top + 34, "known", 'style="fill:#2a5db0"'),
    text(62, top + 34, "unknown", 'style="fill:#d08a1d"'),
    line(LEFT, top + height, WIDTH - RIGHT, top + height, "axis"),
    line(LEFT, top, LEFT, top + height, "axis"),
    path(known, "known"),
    path(unknown, "unknown"),
    text(LEFT, top + height + 16, "0 ms", 'class="small"'),
    text(WIDTH - RIGHT, top + height + 16, `${longest.toFixed(1)} ms`, 'class="small" text-anchor="end"'),
  ].join("");
}

export function plot({ figures, curves: times, at }, verdict) {
  const top = 64;
  const below = top + figures.length * ROW;
  const height = times === undefined ? below : below + 190;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"><style>${STYLE}</style>
${text(12, 24, `Relatch, each figure as a ratio to a floor of the same run (${at})`)}
${text(12, 42, "dot: median, small dots: rounds, bar: target", 'class="small"')}
${rows(figures, top + 10, verdict).join("\n")}
${times === undefined ? "" : curves(times, below + 10, 140)}
</svg>
`;
}
