// The texts of all languages: what `make build` makes of edge/languages, against the data of CLDR
// that Node.js has.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");
const names = (path) => readdirSync(new URL(path, root));

const FILES = "edge/languages/languages/";
const TABLES = "edge/assets/password/assets/languages/";
const MESSAGES = "js/src/elements/languages/";
const CATEGORIES = ["zero", "one", "two", "few", "many", "other"];

const tags = names(FILES).map((name) => name.replace(/\.ftl$/, ""));
const others = tags.filter((tag) => tag !== "en");
/** Returns the table of a language: its texts, of which the first has the plural categories. */
const tableOf = (tag) =>
  read(
    TABLES + names(TABLES).find((name) => name.startsWith(`${tag}-`) && name.endsWith(".txt")),
  ).split("\n");
/** Returns a text of a file. */
const textOf = (tag, key) =>
  new RegExp(`^ {4}\\.${key} = (.*)$`, "m").exec(read(`${FILES}${tag}.ftl`))[1];
const fill = (pattern, values) => pattern.replaceAll(/\{ \$(\w+) \}/g, (_, name) => values[name]);

test("each language but English has one table in the assets, and its messages in the package", () => {
  assert.deepEqual(
    names(TABLES)
      .map((name) => name.replace(/-[0-9a-f]{16}\.txt$/, ""))
      .sort(),
    others,
  );
  assert.deepEqual(names("js/dist/languages").sort(), others.map((tag) => `${tag}.js`).sort());
  assert.deepEqual(
    names(MESSAGES)
      .filter((name) => name !== "index.ts")
      .sort(),
    tags.map((tag) => `${tag}.ts`),
  );
});

test("the type of the package has the keys of the files", () => {
  const keys = (source) =>
    [...source.matchAll(/^ {2}(?:readonly )?"(.+?)": /gm)].map(([, key]) => key);
  const typed = keys(read("js/src/elements/messages.ts"));
  for (const tag of tags)
    assert.deepEqual(keys(read(`${MESSAGES}${tag}.ts`)).sort(), typed.toSorted(), tag);
});

test("no element downloads more than its own language", () => {
  const bundle = read("js/dist/elements.js");
  for (const tag of others) {
    const title = textOf(tag, "title");
    assert.ok(!bundle.includes(title), tag);
    assert.ok(read(`js/dist/languages/${tag}.js`).includes(title), tag);
  }
});

for (const tag of others)
  test(`${tag}: plural categories and dates are those of CLDR`, () => {
    const rules = new Intl.PluralRules(tag);
    const [categories] = tableOf(tag);
    for (const number of [...Array(1300).keys(), 10_001, 10_002, 10_012, 99_999]) {
      const place = number < 100 ? number : 100 + (number % 100);
      assert.equal(CATEGORIES[categories[place]], rules.select(number), `${number}`);
    }
    const months = textOf(tag, "months").split(", ");
    assert.equal(months.length, 12);
    for (const [place, month] of months.entries()) {
      const at = new Date(Date.UTC(2026, place, 20, 14, 5));
      const date = new Intl.DateTimeFormat(tag, { dateStyle: "long", timeZone: "UTC" }).format(at);
      const values = { day: 20, month, year: 2026, time: "14:05" };
      assert.ok(fill(textOf(tag, "long"), values).startsWith(date), `${month}: ${date}`);
      const short = new Intl.DateTimeFormat(tag, {
        day: "numeric",
        month: "long",
        timeZone: "UTC",
      });
      assert.ok(fill(textOf(tag, "short"), values).startsWith(short.format(at)), month);
    }
  });
