// `<relatch-request>` and `<relatch-reset>`: importing this defines them.
import type { RelatchEvents } from "./base.js";
import { RelatchRequest } from "./request.js";
import { RelatchReset } from "./reset.js";

export { addWords, type RelatchEvents } from "./base.js";
export type { Titled, Words } from "./words/index.js";
export { RelatchRequest, RelatchReset };

declare global {
  interface HTMLElementTagNameMap {
    "relatch-request": RelatchRequest;
    "relatch-reset": RelatchReset;
  }
  // Of elements, documents and windows.
  interface GlobalEventHandlersEventMap extends RelatchEvents {}
}

// A page may load this twice, in two versions even: the first one stays.
for (const [name, element] of Object.entries({ "relatch-request": RelatchRequest, "relatch-reset": RelatchReset })) {
  if (globalThis.customElements && !customElements.get(name)) customElements.define(name, element);
}
