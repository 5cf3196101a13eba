// Jest's emulated browser lacks these globals of Node.
export { TextDecoder, TextEncoder } from "node:util";
