// The binary format of WebAssembly, as far as size.mjs and order.mjs read it.

const HEADER = 8;
const IMPORT = 2;
const CODE = 10;
const FUNCTION_NAMES = 1;

/** A number as the format writes it: seven bits a byte (LEB128). */
export function unsigned(value) {
  const bytes = [];
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

/**
 * Reads a wasm file: the bodies of its functions, each with its length before it and with its name; how many functions it
 * imports, which are numbered before its own; its sections, whole and without what says their kind and length.
 */
export function parse(wasm) {
  let at = HEADER;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const text = () => {
    const length = number();
    at += length;
    return wasm.toString("utf8", at - length, at);
  };
  const bodies = [];
  const names = new Map();
  const sections = [];
  let imported = 0;
  while (at < wasm.length) {
    const first = at;
    const id = wasm[at++];
    const length = number();
    const start = at;
    const end = start + length;
    const custom = id === 0 ? text() : undefined;
    if (id === IMPORT) {
      for (let count = number(); count > 0; count--) {
        text();
        text();
        const kind = wasm[at++];
        // Function: its type. Global: type, mutability. Table and memory: limits. Tag: attribute, type.
        if (kind === 0) imported++;
        if (kind === 1 || kind === 3 || kind === 4) at++;
        if (kind === 0 || kind === 4) number();
        if (kind === 3) at++;
        if (kind === 1 || kind === 2) for (let bounds = number() & 1 ? 2 : 1; bounds > 0; bounds--) number();
      }
    } else if (id === CODE) {
      for (let count = number(); count > 0; count--) {
        const from = at;
        const size = number();
        at += size;
        bodies.push(wasm.subarray(from, at));
      }
    } else if (custom === "name") {
      while (at < end) {
        const kind = wasm[at++];
        const after = number() + at;
        if (kind === FUNCTION_NAMES) for (let count = number(); count > 0; count--) names.set(number(), text());
        at = after;
      }
    }
    sections.push({ id, custom, bytes: wasm.subarray(start, end), whole: wasm.subarray(first, end) });
    at = end;
  }
  return {
    header: wasm.subarray(0, HEADER),
    sections,
    imported,
    bodies: bodies.map((bytes, index) => ({ bytes, name: names.get(imported + index) ?? "" })),
  };
}
