import { createRelatch } from "relatch-worker";

const relatch = createRelatch();

export const { Intake, Mailbox, PasswordChange } = relatch;
export default { fetch: relatch.fetch };
