// Only for the second page: the package needs no configuration.
export default {
  build: { rolldownOptions: { input: ["index.html", "reset.html"] } },
};
