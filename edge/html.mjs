// What is allowed in a mail that a server caller defines. Tags that are not listed go, and what they hold stays as text, but
// for scripts and the like; attributes that are not listed go; a link keeps its address only where it says http or https.
import xss from "xss";

const ATTRIBUTES = { a: ["href", "title"], td: ["colspan", "rowspan"], th: ["colspan", "rowspan"] };
const TAGS =
  "a abbr b blockquote br code div em h1 h2 h3 h4 hr i li ol p pre small span strong sub sup table tbody td tfoot th thead tr u ul".split(" ");

const filter = new xss.FilterXSS({
  whiteList: Object.fromEntries(TAGS.map((tag) => [tag, ATTRIBUTES[tag] ?? []])),
  stripIgnoreTag: true,
  stripIgnoreTagBody: ["script", "style", "title", "template", "iframe", "object", "svg", "math", "noscript"],
  allowCommentTag: false,
  css: false,
  safeAttrValue(tag, name, value, css) {
    const safe = xss.safeAttrValue(tag, name, value, css);
    return name !== "href" || /^https?:\/\//i.test(safe) ? safe : "";
  },
});

/** What the allow-list leaves. */
export const clean = (html) => filter.process(html);
