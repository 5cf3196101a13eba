// The applications with a color and a logo, for tests and pictures.

/** The paths of the applications: the color of the second one cannot be read as text. */
export const BRANDED = ["/apps/deep", "/apps/plain"];

/** The pages that have buttons, links, errors and lists. */
export const PAGES = ["forgot-wrong", "sent", "reset-wrong", "changed", "link-expired"];
