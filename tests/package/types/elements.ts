// The types of the elements and of their events. Compiled, never run.

import type { ErrorCode, Message } from "relatch";
import { addMessages, type Messages, type RelatchEvents } from "relatch/elements";

const element = document.createElement("relatch-reset");
document.createElement("relatch-request").setAttribute("base-url", "https://a.example");
element.addEventListener("relatch-changed", ({ detail }) => {
  const message: Message = detail;
  console.log(message.message);
});
document.addEventListener("relatch-error", ({ detail }) => {
  const code: ErrorCode = detail.code;
  console.log(code);
});
export const name: keyof RelatchEvents = "relatch-sent";
// @ts-expect-error: unknown event
export const other: keyof RelatchEvents = "relatch-opened";

export const key: keyof Messages = "request.submit";
addMessages("en", { [key]: "Email me a link" });
// @ts-expect-error: unknown message
addMessages("en", { "request.send": "Email me a link" });
