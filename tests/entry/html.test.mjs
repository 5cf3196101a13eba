// The allow-list of HTML for mails that a caller with a server key defines (edge/html.mjs), as it is
// built.
import assert from "node:assert/strict";
import { test } from "node:test";
import { clean } from "../../edge/build/html.js";

test("text, paragraphs, lists, tables and links are kept unchanged", () => {
  const html =
    '<h1>Hello</h1><p>a <b>b</b> &amp; c<br></p><ul><li>d</li></ul><table><tr><td colspan="2">e</td></tr></table>';
  assert.equal(clean(html), html);
  const link = '<a href="https://app.example.com/?a=b&amp;hash=${hash}" title="t">here</a>';
  assert.equal(clean(link), link);
  assert.equal(clean("<a href='${link}'>x</a>"), '<a href="${link}">x</a>');
  assert.equal(
    clean("<a href='http://app.example.com/#${hash}'>x</a>"),
    '<a href="http://app.example.com/#${hash}">x</a>',
  );
});

test("scripts, loaded resources, styles, comments and deceptive links are removed", () => {
  for (const html of [
    "<script>alert(1)</script>",
    "<scr<script></script>ipt>alert(1)</script>",
    "<style>p{display:none}</style>",
    '<img src="https://evil.example/pixel" onerror="alert(1)">',
    '<p onclick="alert(1)" style="display:none" class="x" id="y">z</p>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVa&#x53;cript:alert(1)">x</a>',
    '<a href=" data:text/html,x">x</a>',
    '<a href="//evil.example">x</a>',
    '<a href="/relative">x</a>',
    '<a href="https://app.example.com,@evil.example/">x</a>',
    '<a href="https://user@evil.example/">x</a>',
    '<a href="https://app.example.com&period;evil.example/">x</a>',
    '<a href="https://app.example.com &commat;evil.example/">x</a>',
    '<a href="${link}evil.example">x</a>',
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
    '<iframe src="https://evil.example"></iframe>',
    '<form action="https://evil.example"><input name="password"></form>',
    '<base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=https://evil.example"><link rel="stylesheet" href="https://evil.example">',
    "<!-- <b>hidden</b> -->",
    "<!--[if mso]><b>hidden</b><![endif]-->",
  ]) {
    const cleaned = clean(html);
    const tags = [...cleaned.matchAll(/<\/?([a-z0-9]+)([^>]*)>/gi)];
    for (const [whole, tag, attributes] of tags) {
      assert.match(tag, /^(a|b|p)$/, `${html}: ${whole}`);
      assert.match(attributes, /^( href)?\s*$/, `${html}: ${whole}`);
    }
    assert.doesNotMatch(cleaned, /<!--|javascript:|evil\.example/i, `${html}: ${cleaned}`);
  }
});
