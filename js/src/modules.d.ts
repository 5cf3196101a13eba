// Workers are given the compiled module.
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
