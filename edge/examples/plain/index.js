// Relatch under /auth, beside the application's own paths, without a router.
import { createRelatch } from "relatch-worker";

const relatch = createRelatch({ basePath: "/auth" });
export const { Intake, Mailbox, PasswordChange } = relatch;

const isReset = (path) =>
  path === "/auth" || path.startsWith("/auth/") || path === "/.well-known/change-password";

export default {
  fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    if (isReset(pathname)) return relatch.fetch(request, env, context);
    return new Response("The application");
  },
};
