// How much memory the wasm instances of this isolate hold. The Worker keeps its instance to itself, so this module is
// imported before it and looks on while it is made.
const memories = [];

const Instance = WebAssembly.Instance;
WebAssembly.Instance = class extends Instance {
  constructor(module, imports) {
    super(module, imports);
    if (this.exports.memory) memories.push(this.exports.memory);
  }
};

export const memory = () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
