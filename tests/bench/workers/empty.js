// The floor of every call: a Worker that does nothing, with the same bindings.
export default {
  fetch: () => new Response("ok"),
};
