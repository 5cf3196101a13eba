// Relatch as a separate Worker, behind the front Worker.
import { createRelatch } from "relatch-worker";

const relatch = createRelatch({ basePath: "/auth" });
export const { Intake, Mailbox, PasswordChange } = relatch;
export default { fetch: relatch.fetch };
