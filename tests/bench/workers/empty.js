// The floor of every call: a Worker that does nothing, with the same things bound.
export default {
  fetch: () => new Response("ok"),
};
