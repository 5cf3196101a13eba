// What is allowed in a mail that a server caller defines. Tags that are not listed go, and what they hold stays as text, but
// for scripts and the like; attributes that are not listed go; a link keeps its address only where it says http or https.
import xss from "xss";

const ATTRIBUTES = { a: ["href", "title"], td: ["colspan", "rowspan"], th: ["colspan", "rowspan"] };
const TAGS =
  "a abbr b blockquote br code div em h1 h2 h3 h4 hr i li ol p pre small span strong sub sup table tbody td tfoot th thead tr u ul".split(" ");

/**
 * An address whose host is plain text: no user name, no character reference, nothing that a browser takes for another host
 * than a reader does.
 */
const PLAIN = /^https?:\/\/[a-z0-9.-]+(:[0-9]+)?([/?#]|$)/i;

const filter = new xss.FilterXSS({
  whiteList: Object.fromEntries(TAGS.map((tag) => [tag, ATTRIBUTES[tag] ?? []])),
  stripIgnoreTag: true,
  stripIgnoreTagBody: ["script", "style", "title", "template", "iframe", "object", "svg", "math", "noscript"],
  allowCommentTag: false,
  css: false,
  safeAttrValue(tag, name, value, css) {
    if (name !== "href") return xss.safeAttrValue(tag, name, value, css);
    // What stands for the whole address of the link.
    if (value.trim() === "${link}") return "${link}";
    const safe = xss.safeAttrValue(tag, name, value, css);
    return PLAIN.test(safe) ? safe : "";
  },
});

/** What the allow-list leaves. */
export const clean = (html) => filter.process(html);
