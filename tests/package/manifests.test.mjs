// The manifests for editors, and the typings for frameworks: the README names the same attributes,
// events, custom properties and parts, and so do the sources of the elements.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { ELEMENTS, EVENTS, PARTS, PROPERTIES } from "../../js/tools/elements.mjs";
import { emptyApp, end, js } from "./world.mjs";

after(end);

const README = readFileSync(join(js, "README.md"), "utf8");
const folder = join(js, "src", "elements");
const SOURCES = readdirSync(folder)
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readFileSync(join(folder, name), "utf8"));
const matches = (text, pattern) => [...text.matchAll(pattern)].map(([, found]) => found);
const sorted = (names) => [...new Set(names)].sort();

/** Returns the rows of the README's table whose header starts with these cells. */
function table(...header) {
  const start = README.indexOf(`| ${header.join(" | ")}`);
  const [, , ...rows] = README.slice(start, README.indexOf("\n\n", start)).split("\n");
  return rows.map((row) => row.split("|").map((cell) => cell.trim().replaceAll("`", "")));
}

/** Reads a JSON file of the installed package. */
const installed = async (name) =>
  JSON.parse(readFileSync(join(await emptyApp(), "node_modules", "relatch", "dist", name), "utf8"));

test("the README lists the attributes, events, custom properties and parts", () => {
  const names = (tag) => ELEMENTS.find((element) => element.tag === tag).attributes;
  const described = table("attribute", "of")
    .filter(([, name]) => name !== "lang")
    .flatMap(([, name, of]) => {
      const tags = of === "both" ? ELEMENTS.map(({ tag }) => tag) : [of.slice(1, -1)];
      return tags.map((tag) => `${tag} ${name}`);
    });
  const attributes = ELEMENTS.flatMap(({ tag }) => names(tag).map(({ name }) => `${tag} ${name}`));
  assert.deepEqual(sorted(described), sorted(attributes));

  const events = table("event").map(([, name]) => name);
  assert.deepEqual(sorted(events), sorted(Object.keys(EVENTS)));
  assert.deepEqual(sorted(ELEMENTS.flatMap(({ events }) => events)), sorted(events));

  const styling = README.slice(README.indexOf("**Styling.**"), README.indexOf("**Messages.**"));
  const [properties, parts] = styling.slice(0, styling.indexOf("```")).split("Parts, for");
  const named = matches(properties, /`(-[a-z-]+)`/g).map((name) =>
    name.startsWith("--") ? name : `--relatch${name}`,
  );
  assert.deepEqual(sorted(named), sorted(Object.keys(PROPERTIES)));
  const listed = matches(parts, /`([a-z-]+)`/g);
  assert.deepEqual(sorted(listed), sorted(Object.keys(PARTS)));
});

test("the style sheet and the events of the elements have the described names", () => {
  const source = SOURCES.join("\n");
  const properties = sorted(matches(source, /var\((--relatch-[a-z-]+)/g));
  assert.deepEqual(properties, sorted(Object.keys(PROPERTIES)));
  assert.deepEqual(sorted(matches(source, /fire\("([^"]+)"/g)), sorted(Object.keys(EVENTS)));
});

test("the Custom Elements Manifest and the data for VS Code name everything", async () => {
  const manifest = await installed("custom-elements.json");
  assert.match(manifest.schemaVersion, /^2\./);
  const [module] = manifest.modules;
  const names = (items) => items.map(({ name }) => name);
  assert.deepEqual(
    module.declarations.map((declaration) => [
      declaration.tagName,
      names(declaration.attributes),
      names(declaration.events),
    ]),
    ELEMENTS.map(({ tag, attributes, events }) => [tag, names(attributes), events]),
  );
  for (const { cssParts, cssProperties, description } of module.declarations) {
    assert.ok(description);
    assert.deepEqual(names(cssParts), Object.keys(PARTS));
    assert.deepEqual(names(cssProperties), Object.keys(PROPERTIES));
    for (const { name, default: value, description } of cssProperties) {
      assert.ok(description, name);
      assert.ok(
        SOURCES.some((source) => source.includes(`var(${name},${value})`)),
        name,
      );
    }
  }
  const defined = module.exports.filter(({ kind }) => kind === "custom-element-definition");
  assert.deepEqual(
    names(defined),
    ELEMENTS.map(({ tag }) => tag),
  );

  const html = await installed("html-custom-data.json");
  assert.deepEqual(
    html.tags.map(({ name, attributes }) => [name, names(attributes)]),
    ELEMENTS.map(({ tag, attributes }) => [tag, names(attributes)]),
  );
  const css = await installed("css-custom-data.json");
  assert.deepEqual(names(css.properties), Object.keys(PROPERTIES));
});
