export { assertAccessible as faultless } from "./accessibility.mjs";
