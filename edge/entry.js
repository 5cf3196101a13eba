// The Worker of this repository: the service with the default options.
import { createRelatch } from "./index.js";

const relatch = createRelatch();

export const { Intake, Mailbox, PasswordChange } = relatch;
export default { fetch: relatch.fetch };
