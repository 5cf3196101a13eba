// The script of the hosted page that sets a password: shows why a password is not acceptable while
// a person types, with the service's own rules and without calling it. The page works without it.
// All sentences are the page's, so they are in its language.
import "./entries/browser.js";
import type { Reason } from "./errors.js";
import { type PasswordField, PasswordFields } from "./password-fields.js";
import { PasswordRules } from "./rules.js";
import { wasm } from "./wasm.js";

const form = document.querySelector<HTMLFormElement>("form[data-rules]");

if (form && globalThis.WebAssembly) {
  // Without WebAssembly, the service alone checks the password.
  const module = await wasm().catch(() => undefined);
  if (module) checkPasswords(form, module);
}

function checkPasswords(form: HTMLFormElement, module: Awaited<ReturnType<typeof wasm>>): void {
  const { rules: limits = "{}", messages: texts = "{}" } = form.dataset;
  const rules = new PasswordRules(module, JSON.parse(limits));
  const messages = JSON.parse(texts) as Record<string, string>;
  const username = form.querySelector<HTMLInputElement>("[autocomplete=username]")?.value;
  const personalTerms = username ? [username] : [];

  const field = (name: string): PasswordField => {
    const message = document.getElementById(`${name}-message`)!;
    return {
      input: form.elements.namedItem(name) as HTMLInputElement,
      show(problems, isError) {
        const text = problems.map((problem) => messages[problem]).join(" ");
        // Setting the same text again would announce it again.
        if (message.textContent !== text) message.textContent = text;
        message.className = isError ? "error" : "reason";
      },
    };
  };
  const reasons = (password: string): Reason[] => rules.reasons(password, personalTerms);
  const fields = new PasswordFields(field("password"), field("again"), reasons);
  form.addEventListener("submit", (event) => {
    const invalid = fields.validate();
    if (!invalid) return;
    event.preventDefault();
    invalid.focus();
  });
}
