// The hosted page's form, with what the package knows: the reasons against a password while one types, by the service's own
// rules and without asking it. The page is complete without; nothing here says a word that it does not have.
import "./entries/browser.js";
import { PasswordRules } from "./rules.js";
import { wasm } from "./wasm.js";

const mark = (field: HTMLInputElement, wrong: boolean) => (wrong ? field.setAttribute("aria-invalid", "true") : field.removeAttribute("aria-invalid"));

/** After the last key, in milliseconds: a screen reader is not to be told of every one. */
const PAUSE = 500;

const form = document.querySelector<HTMLFormElement>("form[data-rules]");
const live = document.getElementById("live");
const { rules: limits = "{}", sentences = "{}" } = form?.dataset ?? {};

if (form && live) {
  // Whoever has left the page meanwhile, or whose browser has no WebAssembly, misses nothing that is needed.
  const module = await wasm().catch(() => undefined);
  if (module) assist(form, live, new PasswordRules(module, JSON.parse(limits)), JSON.parse(sentences));
}

function assist(form: HTMLFormElement, live: HTMLElement, rules: PasswordRules, words: Record<string, string>) {
  const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement;
  const [first, second] = [field("password"), field("again")];
  const username = form.querySelector<HTMLInputElement>("[autocomplete=username]")?.value;

  /** What is wrong so far. The second field counts once something is in it. */
  const wrong = () => {
    const reasons = first.value ? rules.reasons(first.value, username ? [username] : []) : [];
    return second.value && second.value !== first.value && !reasons.length ? ["mismatch" as const] : reasons;
  };
  const tell = (unfinished = false) => {
    // Whoever is still typing need not be told that it is too short so far, or not the same yet.
    const reasons = wrong().filter((reason) => !unfinished || (reason !== "too_short" && reason !== "mismatch"));
    live.textContent = reasons.map((reason) => words[reason]).join(" ");
    // What the service said of an earlier try is over once something else is typed.
    const ofSecond = reasons[0] === "mismatch";
    mark(first, reasons.length > 0 && !ofSecond);
    mark(second, ofSecond);
  };
  let timer: ReturnType<typeof setTimeout>;
  const tellSoon = (unfinished: boolean) => {
    clearTimeout(timer);
    timer = setTimeout(() => tell(unfinished), PAUSE);
  };
  form.addEventListener("input", () => tellSoon(true));
  // A field was left. Not at once: what is said moves the button, perhaps away from under the finger that is on it.
  form.addEventListener("change", () => tellSoon(false));
  form.addEventListener("submit", (event) => {
    const [reason] = first.value && second.value ? wrong() : [];
    if (!reason) return;
    // Nothing is sent that would come back.
    event.preventDefault();
    clearTimeout(timer);
    tell();
    (reason === "mismatch" ? second : first).focus();
  });
}
