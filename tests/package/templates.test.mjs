// Templates of mails and texts of pages: `relatch-worker templates check`, and a Worker that reads
// them from KV.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { poll } from "../../edge/cli/program.mjs";
import {
  block,
  command,
  createTables,
  createWorker,
  insertAccount,
  invoke,
  LIMIT,
  post,
  serve,
  settings,
  sql,
} from "./workers.mjs";
import { end, inbox, node, run } from "./world.mjs";

after(end);

const EXAMPLE = block("docs/templates.md", "text");
const PAGE_TEXTS = block("docs/page-texts.md", "text");

/** Writes templates into a new folder, by their paths, and checks all of it. */
async function check(name, templates) {
  const cwd = await createWorker(name, {}, ["wrangler"]);
  for (const [path, text] of Object.entries(templates)) {
    mkdirSync(dirname(join(cwd, "templates", path)), { recursive: true });
    writeFileSync(join(cwd, "templates", path), text);
  }
  const args = [command(cwd), "templates", "check", "templates"];
  const { code, stdout, stderr } = await run(node, args, { cwd, timeout: 150_000 });
  return { code, stdout, stderr };
}

test(
  "a template without mistakes can be used, with the command that writes it",
  LIMIT,
  async () => {
    const { code, stdout, stderr } = await check("templates-right", {
      "default/link/de.txt": EXAMPLE,
      "default/pages/de.txt": PAGE_TEXTS,
    });
    assert.equal(code, 0, stderr);
    const lines = stdout.trim().split("\n");
    assert.deepEqual(lines, [
      "default/link/de can be used. To write it:",
      "  npx wrangler kv key put --binding TEMPLATES --remote default/link/de --path templates/default/link/de.txt",
      "default/pages/de can be used. To write it:",
      "  npx wrangler kv key put --binding TEMPLATES --remote default/pages/de --path templates/default/pages/de.txt",
    ]);
  },
);

test("each mistake in a template is named with its file and a correction", LIMIT, async () => {
  const changed = (from, to) => {
    assert.ok(EXAMPLE.includes(from), from);
    return EXAMPLE.replace(from, to);
  };
  const mistakes = {
    "default/link/en.txt": [changed("${note}", "${user.password}"), "unknown placeholder"],
    "default/link/de.txt": [changed("${note}</p>", "${note}"), "`html` "],
    "default/link/fr.txt": [changed("${note}", "<script>alert(1)</script>"), "script"],
    "default/link/es.txt": [changed("--- text", "--- txt"), "`subject` "],
    "default/link/it.txt": [changed("${note}", "x".repeat(24 * 1024)), "at most 24576 bytes"],
    "default/link/nl.txt": [
      changed('href="${link}"', 'href="https://evil.example/?${link}"'),
      "as the whole `href`",
    ],
    "default/link/pl.txt": ["Hello", "must begin with the line `--- subject`"],
    "default/notice/en.txt": [changed("${link}", "${what}"), "unknown placeholder"],
    "default/welcome/en.txt": [EXAMPLE, "must be for `pages`, or for one of the mails `link`"],
    "default/pages/en.txt": ["sent.titel = Sent", "line 1: the key `sent.titel` is unknown"],
    "default/pages/fr.txt": ["page.link = ${from}", "`page.link` must contain `${lifetime}` once"],
    "default/link/xx.txt": [EXAMPLE, "must be in one of the languages `de`, `en`"],
  };
  const texts = Object.entries(mistakes).map(([path, [text]]) => [path, text]);
  const { code, stdout, stderr } = await check("templates-wrong", Object.fromEntries(texts));
  assert.equal(code, 1);
  assert.equal(stdout, "");
  const lines = stderr.trim().split("\n");
  assert.equal(lines.length, texts.length, stderr);
  for (const [path, [, words]] of Object.entries(mistakes)) {
    const line = lines.find((line) => line.includes(`templates/${path} `));
    assert.ok(line?.includes(words), `${path}: ${words} is not in ${line}`);
  }
});

test(
  "mails and pages have the texts of KV in their language, without a mistake",
  LIMIT,
  async () => {
    const config = settings("edge/README.md");
    config.kv_namespaces.push({ binding: "TEMPLATES" });
    const files = {
      "index.js": block("edge/README.md", "js"),
      "wrangler.json": JSON.stringify(config),
    };
    const cwd = await createWorker("templates", files);
    const ada = { id: 1, username: "ada", email: "ada@templates.example" };
    const bob = { id: 2, username: "bob", email: "bob@templates.example" };
    await createTables(cwd, ada);
    await insertAccount(cwd, bob);
    const put = async (key, text) => {
      const path = join(cwd, key.replaceAll("/", "-"));
      writeFileSync(path, text);
      const target = ["--binding", "TEMPLATES", "--local", key, "--path", path];
      await invoke(cwd, "kv", "key", "put", ...target);
    };
    await put("default/link/en", EXAMPLE);
    await put("default/link/de", EXAMPLE.replace("${link}", "${password}"));
    await put("default/pages/en", PAGE_TEXTS);
    await put("default/pages/de", PAGE_TEXTS.replace("${from}", "us"));
    const origin = await serve(cwd, (origin) => ({
      PUBLIC_URL: origin,
      APPLICATION_NAME: "Books",
    }));
    const receive = async (account, locale) => {
      const request = { identifier: account.username, locale };
      assert.equal((await post(`${origin}/password/reset/request`, request)).status, 200);
      return (await inbox()).receive(account);
    };
    const own = await receive(ada, "en");
    assert.equal(own.subject, "A new password for Books");
    assert.match(own.html, /Choose a new password<\/a>/);
    const builtIn = await receive(bob, "de");
    assert.match(builtIn.subject, /Books/);
    assert.notEqual(builtIn.subject, own.subject);
    const page = async (locale) => {
      const response = await fetch(`${origin}/password/forgot?locale=${locale}`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", origin },
        body: "identifier=nobody",
      });
      assert.equal(response.status, 200);
      return response.text();
    };
    assert.match(await page("en"), /<h1>Check your inbox<\/h1>/);
    assert.match(await page("de"), /<h1>Prüfen Sie Ihren Posteingang<\/h1>/);
    assert.match(await page("de"), /<h1>Prüfen Sie Ihren Posteingang<\/h1>/);
    const query = "SELECT action, detail FROM events WHERE action LIKE '%_refused' ORDER BY action";
    // The event of the pages is recorded after their answers.
    const events = await poll(60_000, async () => {
      const rows = await sql(cwd, "DB", query);
      return rows.length > 1 && rows;
    });
    assert.deepEqual(events, [
      {
        action: "page_texts_refused",
        detail: "de: line 4: `page.link` must contain `${from}` once",
      },
      { action: "render_refused", detail: "template_invalid" },
    ]);
  },
);
