// Measures the WebAssembly memory of this isolate. The Worker does not export its instance, so this
// module is imported first and records every instance that is created.
const memories = [];

const Instance = WebAssembly.Instance;
WebAssembly.Instance = class extends Instance {
  constructor(module, imports) {
    super(module, imports);
    if (this.exports.memory) memories.push(this.exports.memory);
  }
};

/** Returns the size of all WebAssembly memories, in bytes. */
export const wasmBytes = () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
