// The messages that the elements and the hosted pages share.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const folder = new URL("../../edge/http/templates/messages/", import.meta.url);
const read = (name) => readFileSync(new URL(name, folder), "utf8");
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
const placeholders = (message) => (message.match(/\{\w+\}/g) ?? []).sort();

const english = JSON.parse(read("en.json"));

for (const name of files) {
  test(`${name} has every message, with the placeholders of the English one`, () => {
    const messages = JSON.parse(read(name));
    assert.deepEqual(Object.keys(messages), Object.keys(english));
    for (const [key, message] of Object.entries(messages)) {
      assert.ok(message.trim(), key);
      assert.deepEqual(placeholders(message), placeholders(english[key]), key);
    }
  });

  test(`${name} has one message on a line and no escape sequences`, () => {
    const lines = read(name).split("\n");
    const messages = lines.filter((line) => /^ {2}"[a-z_]+\.[a-z_]+": "[^"\\]+",?$/.test(line));
    assert.equal(messages.length, Object.keys(english).length);
    assert.deepEqual(
      lines.filter((line) => line && !messages.includes(line)),
      ["{", "}"],
    );
  });
}

test("the type of the package has the keys of the files", () => {
  const source = readFileSync(
    new URL("../../js/src/elements/messages.ts", import.meta.url),
    "utf8",
  );
  const keys = [...source.matchAll(/^ {2}readonly "(.+)": string;$/gm)].map(([, key]) => key);
  assert.deepEqual(keys, Object.keys(english));
});
