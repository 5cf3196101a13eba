// Resets a password from the command line:
//
//   node reset.js rules
//   node reset.js request peter@example.com
//   node reset.js check   'https://…/password/reset?token=…'
//   node reset.js confirm 'https://…/password/reset?token=…' < file-with-the-new-password
//
// RELATCH_URL is the URL of the service: http://localhost:8787 by default.
import { text } from "node:stream/consumers";
import { ResetClient, ResetError } from "relatch";

const client = new ResetClient(process.env.RELATCH_URL ?? "http://localhost:8787");

const commands = {
  async rules() {
    const { minLength, maxLength } = await client.rules();
    return `A password has ${minLength} to ${maxLength} characters.`;
  },

  async request(identifier) {
    // The answer is the same whether or not the account exists.
    return (await client.request(identifier)).message;
  },

  // Accepts a pasted link, or only its token.
  async check(link) {
    const { expiresAt } = await client.check(link);
    return `The link can be used until ${expiresAt.toLocaleString()}.`;
  },

  async confirm(link) {
    // Read from stdin: other users of the machine can see a program's arguments.
    const password = (await text(process.stdin)).replace(/\r?\n$/, "");
    const rules = await client.rules();
    const reasons = rules.reasons(password);
    if (reasons.length > 0) {
      throw new Error(`Choose another password: it is ${reasons.join(", ")}.`);
    }
    return (await client.confirm(link, password)).message;
  },
};

const [name, argument] = process.argv.slice(2);
try {
  if (!Object.hasOwn(commands, name ?? "")) {
    const names = Object.keys(commands).join("|");
    throw new Error(`Usage: node reset.js ${names} [identifier or link]`);
  }
  console.log(await commands[name](argument));
} catch (error) {
  // The message says what to do and contains neither a token nor a password.
  console.error(error instanceof ResetError ? `${error.code}: ${error.message}` : error.message);
  process.exitCode = 1;
}
