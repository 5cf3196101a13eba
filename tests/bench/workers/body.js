// The empty Worker, after it has read the body: no target is set against it, but it says what of the distance to the
// empty one is not ours.
export default {
  async fetch(request) {
    await request.arrayBuffer();
    return new Response("ok");
  },
};
