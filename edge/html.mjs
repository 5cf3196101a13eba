// Sanitizes the HTML of a mail that a caller with a server key defines.
//
// This is JavaScript rather than Rust because an HTML parser in Rust would be larger than the rest
// of the Worker's WebAssembly.
import xss from "xss";

const ATTRIBUTES = {
  a: ["href", "title"],
  td: ["colspan", "rowspan"],
  th: ["colspan", "rowspan"],
};
const TAGS = [
  ..."a abbr b blockquote br code div em h1 h2 h3 h4 hr i li ol p pre small span strong".split(" "),
  ..."sub sup table tbody td tfoot th thead tr u ul".split(" "),
];

/**
 * Matches a URL whose host is plain text. User information and character references are excluded,
 * because a browser may read a different host than a person does.
 */
const PLAIN_URL = /^https?:\/\/[a-z0-9.-]+(:[0-9]+)?([/?#]|$)/i;

const filter = new xss.FilterXSS({
  whiteList: Object.fromEntries(TAGS.map((tag) => [tag, ATTRIBUTES[tag] ?? []])),
  stripIgnoreTag: true,
  stripIgnoreTagBody: "script style title template iframe object svg math noscript".split(" "),
  allowCommentTag: false,
  css: false,
  safeAttrValue(tag, name, value, css) {
    if (name !== "href") return xss.safeAttrValue(tag, name, value, css);
    // The placeholder for the link is allowed only as the whole URL.
    if (value.trim() === "${link}") return "${link}";
    const safe = xss.safeAttrValue(tag, name, value, css);
    return PLAIN_URL.test(safe) ? safe : "";
  },
});

/**
 * Returns the HTML with only the listed tags and attributes. The content of other tags stays as
 * text, except that of scripts, styles and the like, which is removed. A link keeps its URL only if
 * it is `${link}` or a plain http or https URL.
 */
export const clean = (html) => filter.process(html);
