// Relatch under /auth, beside the routes of itty-router.
import { Router } from "itty-router";
import { createRelatch } from "relatch-worker";

const relatch = createRelatch({ basePath: "/auth" });
export const { Intake, Mailbox, PasswordChange } = relatch;

const router = Router();
router
  .all("/auth/*", relatch.fetch)
  .get("/.well-known/change-password", relatch.fetch)
  .get("/", () => new Response("The application"))
  .all("*", () => new Response("Not found", { status: 404 }));

export default { fetch: router.fetch };
