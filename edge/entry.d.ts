// The service with the default options, as a whole Worker: `main` in a wrangler configuration.
import type { ObjectClass, Relatch } from "./index.js";

declare const worker: Pick<Relatch, "fetch">;
export default worker;
export declare const Intake: ObjectClass;
export declare const Mailbox: ObjectClass;
export declare const PasswordChange: ObjectClass;
