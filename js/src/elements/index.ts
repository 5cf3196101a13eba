// `<relatch-request>` and `<relatch-reset>`: importing this module defines them.
import type { RelatchEvents } from "./base.js";
import { RelatchRequest } from "./request.js";
import { RelatchReset } from "./reset.js";

export { addMessages, type RelatchEvents } from "./base.js";
export type { Messages } from "./messages.js";
export { RelatchRequest, RelatchReset };

declare global {
  interface HTMLElementTagNameMap {
    "relatch-request": RelatchRequest;
    "relatch-reset": RelatchReset;
  }
  // Typed events on elements, documents and windows.
  interface GlobalEventHandlersEventMap extends RelatchEvents {}
}

// A page may load the module twice, even in two versions: the first definition remains.
for (const [name, element] of Object.entries({
  "relatch-request": RelatchRequest,
  "relatch-reset": RelatchReset,
})) {
  if (globalThis.customElements && !customElements.get(name)) customElements.define(name, element);
}
