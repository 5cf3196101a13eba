import { ResetClient, ResetError } from "relatch";

const client = new ResetClient(import.meta.env.VITE_RELATCH_URL, { locale: document.documentElement.lang });
const form = document.querySelector("form");
const status = document.querySelector("[role=status]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  form.inert = true;
  try {
    // The same answer whether or not there is such an account: show it as it is.
    const { message } = await client.request(form.elements.identifier.value);
    status.textContent = message;
  } catch (error) {
    if (!(error instanceof ResetError)) throw error;
    status.textContent = tell(error);
  } finally {
    form.inert = false;
  }
});

/** Errors say in English what a programmer does next. People are told what they can do. */
function tell(error) {
  switch (error.code) {
    case "request_invalid":
      return "Please type an e-mail address or a user name.";
    case "too_many_requests":
      return `Please wait ${error.retryAfter ?? 60} seconds and try again.`;
    case "unreachable":
    case "timed_out":
    case "unavailable":
      return "That did not work. Please try again.";
    default:
      console.error(error.code, error.message);
      return "That does not work at present.";
  }
}

// Whoever only asks for a mail does not need the rules: without them the page just does not show them.
client.rules().then(
  ({ minLength }) => (document.querySelector("#hint").textContent = `A new password has at least ${minLength} characters.`),
  (error) => console.error(error.code, error.message),
);
