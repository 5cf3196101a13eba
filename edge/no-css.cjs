// Stands for the package `cssfilter` in the build of html.mjs, which allows no styles. Its list of
// properties is a third of the library.
exports.getDefaultWhiteList = () => ({});
exports.FilterCSS = class {
  process = () => "";
};
