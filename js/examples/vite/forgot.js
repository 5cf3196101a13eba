import { ResetClient, ResetError } from "relatch";

const locale = document.documentElement.lang;
const client = new ResetClient(import.meta.env.VITE_RELATCH_URL, { locale });
const form = document.querySelector("form");
const status = document.querySelector("[role=status]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  form.inert = true;
  try {
    // The answer is the same whether or not the account exists.
    const { message } = await client.request(form.elements.identifier.value);
    status.textContent = message;
  } catch (error) {
    if (!(error instanceof ResetError)) throw error;
    status.textContent = explain(error);
  } finally {
    form.inert = false;
  }
});

/** Returns a message for people: the error's own message is for developers. */
function explain(error) {
  switch (error.code) {
    case "request_invalid":
      return "Enter an email address or a username.";
    case "too_many_requests":
      return `Wait ${error.retryAfter ?? 60} seconds, then try again.`;
    case "unreachable":
    case "timed_out":
    case "unavailable":
      return "The service did not respond. Try again.";
    default:
      console.error(error.code, error.message);
      return "This page is not set up correctly.";
  }
}

// The form works without the rules: if they cannot be fetched, the hint stays empty.
const hint = document.querySelector("#hint");
client.rules().then(
  ({ minLength }) => (hint.textContent = `A new password has at least ${minLength} characters.`),
  (error) => console.error(error.code, error.message),
);
