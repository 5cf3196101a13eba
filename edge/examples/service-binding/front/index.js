// The application. It passes the paths of Relatch to the Worker in ../reset, unchanged: the request
// keeps its URL and the visitor's address, and redirects reach the browser.
const isReset = (path) =>
  path === "/auth" || path.startsWith("/auth/") || path === "/.well-known/change-password";

export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (isReset(pathname)) return env.RESET.fetch(request);
    return new Response("The application");
  },
};
