// webpack finds this file and the package's WebAssembly without configuration.
import { ResetClient, ResetError } from "relatch";

const form = document.querySelector("form");
const status = document.querySelector("[role=status]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { service, identifier } = form.elements;
  try {
    const client = new ResetClient(service.value);
    const calls = [client.request(identifier.value), client.rules()];
    const [{ message }, { minLength }] = await Promise.all(calls);
    status.textContent = `${message} A new password has at least ${minLength} characters.`;
  } catch (error) {
    if (!(error instanceof ResetError)) throw error;
    status.textContent = `${error.code}: ${error.message}`;
  }
});
