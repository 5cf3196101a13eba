// Adds the second page. The package needs no configuration.
export default {
  build: { rolldownOptions: { input: ["index.html", "reset.html"] } },
};
