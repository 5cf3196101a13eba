// The service with the default options, as a whole Worker. A wrangler configuration without a script
// has this module's path as `main`.
import type { ObjectClass, Relatch } from "./index.js";

declare const worker: Pick<Relatch, "fetch">;
export default worker;
export declare const Intake: ObjectClass;
export declare const Mailbox: ObjectClass;
export declare const PasswordChange: ObjectClass;
