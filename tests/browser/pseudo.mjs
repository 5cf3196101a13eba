// Pseudo-languages, for a look at the layout: one with long texts, and one that is written from
// right to left.

/** The names of the pseudo-languages. */
export const PSEUDO = ["long", "right-to-left"];

/** Shows every text of a page, also in shadow roots, in a pseudo-language. */
export const showIn = (page, language) =>
  page.evaluate((language) => {
    const isRightToLeft = language === "right-to-left";
    const lengthened = (text) => `${text} ${"longer ".repeat(Math.ceil(text.length / 14))}`;
    const change = (text) => (isRightToLeft ? `\u202e${text}\u202c` : lengthened(text));
    const visit = (node) => {
      if (node.nodeType === Node.TEXT_NODE && node.data.trim()) {
        node.original ??= node.data;
        node.data = change(node.original);
      }
      if (node.nodeType === Node.ELEMENT_NODE && node.part.contains("body"))
        node.dir = isRightToLeft ? "rtl" : "ltr";
      // Addresses and URLs run from left to right in every language.
      const isAddress = node.nodeType === Node.ELEMENT_NODE && node.dir === "ltr";
      if (!["SCRIPT", "STYLE"].includes(node.nodeName) && !isAddress)
        for (const child of [...node.childNodes, node.shadowRoot ?? []].flat()) visit(child);
    };
    document.documentElement.dir = isRightToLeft ? "rtl" : "ltr";
    visit(document.body);
  }, language);
