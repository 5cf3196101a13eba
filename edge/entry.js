// The Worker's main module: the built Worker as it is, and its two objects with a guard around their alarms.
import worker, { Desk as BuiltDesk, Intake as BuiltIntake } from "./build/index.js";
import { guarded } from "./guard.mjs";

export default worker;

export const Intake = guarded("intake", BuiltIntake);
export const Desk = guarded("desk", BuiltDesk);
