// The gallery, as tests and pictures use it.

export const GALLERY = "/password/gallery";

/**
 * Returns what the index of the gallery links to: the kind (`mail` or `page`), the name, the language,
 * and the path of the page, or of the mail's HTML part.
 */
export async function samples(page) {
  await page.goto(GALLERY);
  const links = page.locator("td a");
  const queries = await links.evaluateAll((all) => all.map((link) => link.search));
  return queries.map((query) => {
    const parameters = new URLSearchParams(query);
    const kind = parameters.has("mail") ? "mail" : "page";
    const part = kind === "mail" ? "&part=html" : "";
    const [name, tag] = [parameters.get(kind), parameters.get("locale")];
    return { kind, name, tag, path: `${GALLERY}${query}${part}` };
  });
}
