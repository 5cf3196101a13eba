// The elements as a part of a page: language, life cycle, style and accessibility.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertAccessible } from "./accessibility.mjs";
import {
  alert,
  en,
  heading,
  identifierField,
  LANGUAGES,
  messagesOf,
  newLink,
  passwordField,
  repeatField,
  requestButton,
  requestElement,
  resetButton,
  resetElement,
  visit,
} from "./elements.mjs";
import { attributes, endSite, STATES, site, submitPassword } from "./site.mjs";
import { end, NEW_PASSWORD, OTHER_PASSWORD, world } from "./world.mjs";

after(async () => {
  await endSite();
  await end();
});

test("on a German page the elements are in German and request a German email", async () => {
  const relatch = await world();
  const { account, token } = await newLink(relatch);
  const de = messagesOf("de");
  const forgot = await visit(requestElement(), { lang: "de" });
  // The texts are loaded after the page.
  await forgot.page.locator("relatch-request [part=body][lang=de]").waitFor();
  await forgot.page.getByRole("button", { name: de["request.submit"] }).click();
  await alert(forgot.page).getByText(de["form.correct"]).waitFor();
  await forgot.page.getByText(de["request.identifier_missing"], { exact: true }).waitFor();
  const identifier = "niemand@mail.example";
  await forgot.page.getByLabel(de["request.identifier"]).fill(identifier);
  await forgot.page.keyboard.press("Enter");
  await heading(forgot.page, de["sent.title"]);
  const call = JSON.stringify({ identifier, locale: "de" });
  assert.deepEqual(forgot.calls, [`/password/reset/request ${call}`]);
  await forgot.close();

  const query = `?token=${token}`;
  const { page, close } = await visit(resetElement(), { lang: "de-AT", query });
  await page.getByText("15 bis 128 Zeichen").waitFor();
  await page.getByLabel(de["reset.password"], { exact: true }).fill(NEW_PASSWORD);
  await page.getByLabel(de["reset.repeat"]).fill(NEW_PASSWORD);
  await page.getByRole("button", { name: de["reset.submit"] }).click();
  await heading(page, de["changed.title"]);
  assert.ok(await relatch.hasPassword(account, NEW_PASSWORD));
  await close();
});

test("the language is that of the element's place, follows it, and can be added", async () => {
  const identifierIn = (language) => messagesOf(language)["request.identifier"];
  const body = (relatch) => {
    const element = (id, more) =>
      `<relatch-request id="${id}" ${attributes(relatch, more)}></relatch-request>`;
    const host = '<div lang="fr"><div id="host"></div></div>';
    return `${host}<p lang="ko">${element("korean")}</p>${element("own", 'lang="es"')}`;
  };
  const { page, relatch, calls, close } = await visit(body, { lang: "" });
  const labelled = (id, text) =>
    page.locator(`#${id} label`).getByText(text, { exact: true }).waitFor();
  await page.evaluate((base) => {
    const root = document.getElementById("host").attachShadow({ mode: "open" });
    const element = document.createElement("relatch-request");
    element.id = "french";
    root.append(element);
    element.setAttribute("base-url", base);
  }, relatch.base);
  await labelled("french", identifierIn("fr"));
  await labelled("own", identifierIn("es"));
  // There are no Korean messages.
  await labelled("korean", identifierIn("en"));
  const korean = page.locator("#korean");
  const language = await korean.locator("[part=body]").getAttribute("lang");
  assert.equal(language, "en", "a screen reader reads it in English");

  const own = page.locator("#own").getByRole("textbox");
  await own.fill("some input");
  await page.evaluate(() => document.getElementById("own").setAttribute("lang", "de"));
  await labelled("own", identifierIn("de"));
  assert.equal(await own.inputValue(), "some input");

  await page.evaluate(async () => {
    const { addMessages } = await import("/relatch/elements.js");
    const identifier = "이메일 주소 또는 사용자 이름";
    addMessages("KO", { "request.identifier": identifier, "sent.title": "제목" });
  });
  await labelled("korean", "이메일 주소 또는 사용자 이름");
  const button = await korean.getByRole("button").innerText();
  assert.equal(button, en["request.submit"], "the other messages are in English");
  await korean.getByRole("textbox").fill("peter");
  await page.keyboard.press("Enter");
  await korean.getByRole("status").getByText("제목").waitFor();
  assert.match(calls[0], /"locale":"ko"/);
  await close();
});

test("an element whose language cannot be loaded is in English, and works", async () => {
  const { page, calls, close } = await visit(requestElement(), {
    lang: "pl",
    before: (page) => page.route("**/languages/pl.js", (route) => route.abort()),
  });
  await identifierField(page).fill("peter");
  await requestButton(page).click();
  await heading(page, en["sent.title"]);
  assert.match(calls[0], /"locale":"pl"/, "the email may be in the language");
  await close({ network: true });
});

test("in a language from right to left, the layout is mirrored", async () => {
  const { page, close } = await visit(requestElement(), { lang: "en" });
  await requestButton(page).click();
  await alert(page).waitFor();
  const layout = () =>
    alert(page).evaluate((alert) => {
      const { direction, textAlign, borderLeftWidth, borderRightWidth } = getComputedStyle(alert);
      return { direction, textAlign, borderLeftWidth, borderRightWidth };
    });
  const side = { direction: "ltr", textAlign: "start" };
  assert.deepEqual(await layout(), { ...side, borderLeftWidth: "4px", borderRightWidth: "0px" });
  await page.evaluate(async () => {
    const { addMessages } = await import("/relatch/elements.js");
    addMessages("ar", { "request.submit": "إرسال" });
    document.documentElement.lang = "ar";
  });
  await page.getByRole("button", { name: "إرسال" }).waitFor();
  side.direction = "rtl";
  assert.deepEqual(await layout(), { ...side, borderLeftWidth: "0px", borderRightWidth: "4px" });
  await close();
});

test("every language fits on a small screen", async () => {
  const { token } = await newLink(await world());
  const { page, close } = await visit(resetElement(), {
    lang: "en",
    query: `?token=${token}`,
    options: { viewport: { width: 320, height: 640 } },
  });
  await page.getByText("15 to 128 characters").waitFor();
  for (const lang of LANGUAGES) {
    await page.evaluate((lang) => document.documentElement.setAttribute("lang", lang), lang);
    await page.locator(`[part=body][lang=${lang.toLowerCase()}]`).waitFor();
    const hint = await page.locator("[part=hint]").innerText();
    assert.ok(hint.includes(messagesOf(lang)["password.advice"]), lang);
    const fits = await page.evaluate(() => document.documentElement.scrollWidth <= 320);
    assert.ok(fits, lang);
  }
  await close();
});

test("an element that is removed during a call aborts it and fires no event", async () => {
  const { token } = await newLink(await world());
  const body = (relatch) =>
    `${resetElement()(relatch)}${requestElement('identifier="peter"')(relatch)}`;
  const { page, events, close } = await visit(body, { query: `?token=${token}` });
  await heading(page, en["reset.title"]);
  const aborted = [];
  page.on("requestfailed", (request) => aborted.push(new URL(request.url()).pathname));
  const calls = /\/(request|confirm)$/;
  await page.route(calls, () => {});
  await submitPassword(page.locator("relatch-reset"), NEW_PASSWORD);
  await requestButton(page).click();
  assert.equal(await page.getByRole("button", { name: en["form.wait"] }).count(), 2);
  await page.evaluate(() => {
    globalThis.kept = [...document.querySelectorAll("relatch-reset, relatch-request")];
    kept.forEach((element) => element.remove());
  });
  await page.waitForTimeout(500);
  assert.deepEqual(aborted.sort(), ["/password/reset/confirm", "/password/reset/request"]);
  // Inserted again, each element is as it was before the call.
  await page.unroute(calls);
  await page.evaluate(() => document.querySelector("main").append(...kept));
  assert.equal(await passwordField(page).inputValue(), NEW_PASSWORD);
  await resetButton(page).click();
  await heading(page, en["changed.title"]);
  assert.deepEqual(
    (await events()).map(({ name }) => name),
    ["relatch-changed"],
  );
  await close();
});

for (const [resource, url] of [
  ["the module is loaded", "**/relatch.wasm"],
  ["the link is checked", "**/password/reset/check"],
]) {
  test(`an element that is moved or removed while ${resource} keeps its link`, async () => {
    const relatch = await world();
    const { account, token } = await newLink(relatch);
    const held = [];
    let isHolding = true;
    const { page, events, close } = await visit(resetElement(), {
      query: `?token=${token}`,
      before: (page) =>
        page.route(url, (route) => (isHolding ? held.push(route) : route.continue())),
    });
    await page.getByText(en["link.checking"]).waitFor();
    await page.evaluate(() => {
      globalThis.element = document.querySelector("relatch-reset");
      document.body.append(element);
    });
    for (; held.length === 0; await page.waitForTimeout(20));
    await page.evaluate(() => element.remove());
    isHolding = false;
    if (url.endsWith(".wasm")) await held[0].continue();
    await page.waitForTimeout(200);
    await page.evaluate(() => document.querySelector("main").append(element));
    await heading(page, en["reset.title"]);
    assert.doesNotMatch(page.url(), /token/);
    await passwordField(page).fill(NEW_PASSWORD);
    await page.evaluate(() => document.body.append(element));
    await page.waitForTimeout(100);
    assert.equal(await passwordField(page).inputValue(), NEW_PASSWORD);
    await repeatField(page).fill(NEW_PASSWORD);
    await resetButton(page).click();
    await heading(page, en["changed.title"]);
    assert.ok(await relatch.hasPassword(account, NEW_PASSWORD));
    assert.deepEqual(
      (await events()).map(({ name }) => name),
      ["relatch-changed"],
    );
    await close();
  });
}

test("elements can be created by script, used twice on a page, and loaded twice", async () => {
  const relatch = await world();
  const { account, token } = await newLink(relatch);
  const { page, events, close } = await visit("", { query: `?token=${token}` });
  await page.evaluate(async (base) => {
    const { RelatchReset } = await import("/relatch/elements.js");
    // A second copy, like on a page that loads two versions.
    await import("/relatch/elements.js?again");
    const [first, second] = [new RelatchReset(), document.createElement("relatch-reset")];
    first.setAttribute("base-url", base);
    document.querySelector("main").append(first, second);
    second.setAttribute("base-url", base);
    second.setAttribute("request-url", "#request");
  }, relatch.base);
  const elements = page.locator("relatch-reset");
  const [first, second] = [elements.first(), elements.nth(1)];
  await passwordField(second).waitFor();
  await submitPassword(first, NEW_PASSWORD);
  await heading(first, en["changed.title"]);
  await submitPassword(second, OTHER_PASSWORD);
  await heading(second, en["link_used.title"]);
  assert.equal(await second.getByRole("link").getAttribute("href"), "#request");
  assert.ok(await relatch.hasPassword(account, NEW_PASSWORD));
  const recorded = (await events()).map(({ name, code }) => code ?? name);
  assert.deepEqual(recorded, ["relatch-changed", "link_used"]);
  await close();
});

test("custom properties and parts style both elements, also the inner one", async () => {
  const { addFile } = await site();
  const style = addFile(
    "/styled.css",
    `relatch-request, relatch-reset {
      --relatch-accent: rgb(1, 2, 3);
      --relatch-radius: 0;
      --relatch-font: monospace;
      --relatch-gap: 40px;
    }
    relatch-reset::part(label) { letter-spacing: 3px }
    relatch-reset::part(form-title) { display: none }`,
  );
  const head = `<link rel="stylesheet" href="${style}">`;
  const { page, close } = await visit(resetElement(), { head });
  const button = requestButton(page);
  await button.waitFor();
  const css = (locator, property) =>
    locator.evaluate((element, property) => getComputedStyle(element)[property], property);
  assert.equal(await css(button, "backgroundColor"), "rgb(1, 2, 3)");
  assert.equal(await css(button, "borderRadius"), "0px");
  assert.equal(await css(button, "fontFamily"), "monospace");
  const inner = page.locator("relatch-request");
  assert.equal(await css(inner.locator("[part=form]"), "rowGap"), "40px");
  assert.equal(await css(inner.locator("label"), "letterSpacing"), "3px");
  await close();
});

test("the form has the names, descriptions and regions that screen readers use", async () => {
  const { token } = await newLink(await world());
  const { page, close } = await visit(resetElement(), { query: `?token=${token}` });
  await page.getByText("15 to 128 characters").waitFor();
  const tree = await page.locator("relatch-reset").ariaSnapshot();
  for (const item of [
    `heading "${en["reset.title"]}" [level=2]`,
    `textbox "${en["reset.password"]}"`,
    `textbox "${en["reset.repeat"]}"`,
    `button "${en["reset.show"]}"`,
    `button "${en["reset.submit"]}"`,
    "status",
    "alert",
  ]) {
    assert.ok(tree.includes(item), `${item} in\n${tree}`);
  }
  await close();
});

for (const [name, { body, open }] of Object.entries(STATES)) {
  test(`the state "${name}" is accessible`, async () => {
    const { relatch, addPage } = await site();
    const token = name.startsWith("reset") ? (await newLink(relatch)).token : "";
    const { page, context } = await relatch.visitor();
    await open(page, addPage(body(relatch)), token);
    await assertAccessible(page, "button, a[part], input:visible");
    await context.close();
  });
}

test("outside of a browser, the module can be imported", async () => {
  const elements = await import("../../js/dist/elements.js");
  const { RelatchRequest, RelatchReset, addMessages } = elements;
  assert.deepEqual([typeof RelatchRequest, typeof RelatchReset], ["function", "function"]);
  assert.throws(() => addMessages("not a language", {}), RangeError);
});
