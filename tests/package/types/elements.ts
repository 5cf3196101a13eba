// The elements and their events, as a page in TypeScript has them.
import "relatch/elements";
import type { RelatchEvents } from "relatch/elements";
import type { ErrorCode, Message } from "relatch";

const element = document.createElement("relatch-reset");
document.createElement("relatch-request").setAttribute("base-url", "https://accounts.example.com");
element.addEventListener("relatch-changed", ({ detail }) => {
  const message: Message = detail;
  console.log(message.message);
});
document.addEventListener("relatch-error", ({ detail }) => {
  const code: ErrorCode = detail.code;
  console.log(code);
});
export const name: keyof RelatchEvents = "relatch-sent";
// @ts-expect-error: no such event
export const other: keyof RelatchEvents = "relatch-opened";
