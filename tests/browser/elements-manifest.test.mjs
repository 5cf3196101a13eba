// The elements do what their manifests say (js/tools/elements.mjs): every state of both is opened,
// and the attributes that they read, the events that they dispatch and the parts that they render
// are recorded.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ELEMENTS, EVENTS, PARTS } from "../../js/tools/elements.mjs";
import { endSite, STATES, site, tokenOf } from "./site.mjs";
import { end, world } from "./world.mjs";

after(async () => {
  await endSite();
  await end();
});

/** Runs in the page before its scripts. */
function record() {
  const seen = { attributes: [], events: [] };
  globalThis.seen = seen;
  const isOurs = (target) => target instanceof Element && target.localName.startsWith("relatch-");
  const { getAttribute } = Element.prototype;
  Element.prototype.getAttribute = function (name) {
    if (isOurs(this)) seen.attributes.push(`${this.localName} ${name}`);
    return getAttribute.call(this, name);
  };
  const { dispatchEvent } = EventTarget.prototype;
  EventTarget.prototype.dispatchEvent = function (event) {
    if (isOurs(this)) seen.events.push(`${this.localName} ${event.type}`);
    return dispatchEvent.call(this, event);
  };
}

/** Runs in the page: returns the names of all parts in the shadow roots below a node. */
function partsBelow(root = document) {
  return [...root.querySelectorAll("*")].flatMap((element) => [
    ...element.part,
    ...(element.shadowRoot ? partsBelow(element.shadowRoot) : []),
  ]);
}

const sorted = (names) => [...new Set(names)].sort();

test("attributes, events and parts are those of the manifests", { timeout: 180_000 }, async () => {
  const relatch = await world();
  const { addPage } = await site();
  const seen = { attributes: [], events: [], parts: [] };
  for (const { body, open } of Object.values(STATES)) {
    const { context, page } = await relatch.visitor();
    await page.addInitScript(record);
    const token = tokenOf(await relatch.requestLink(await relatch.createAccount()));
    await open(page, addPage(body(relatch)), token);
    const { attributes, events } = await page.evaluate(() => globalThis.seen);
    seen.attributes.push(...attributes);
    seen.events.push(...events);
    seen.parts.push(...(await page.evaluate(`(() => { ${partsBelow}; return partsBelow(); })()`)));
    await context.close();
  }

  const attributes = ELEMENTS.flatMap(({ tag, attributes }) =>
    attributes.map(({ name }) => `${tag} ${name}`),
  );
  // Every element has the attribute `lang`.
  const read = seen.attributes.filter((name) => !name.endsWith(" lang"));
  assert.deepEqual(sorted(read), sorted(attributes));

  const events = ELEMENTS.flatMap(({ tag, events }) => events.map((name) => `${tag} ${name}`));
  for (const event of seen.events) assert.ok(events.includes(event), event);
  const names = seen.events.map((event) => event.split(" ")[1]);
  assert.deepEqual(sorted(names), sorted(Object.keys(EVENTS)));

  // The hidden field for password managers has a part that no page can style.
  const parts = seen.parts.filter((name) => name !== "username");
  assert.deepEqual(sorted(parts), sorted(Object.keys(PARTS)));
});
