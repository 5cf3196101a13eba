// The Workers runtime imports WebAssembly as a compiled module.
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
