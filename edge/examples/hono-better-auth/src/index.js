// better-auth under /api/auth and Relatch under /auth, over one D1 database, with Hono.
import { betterAuth } from "better-auth";
import { Hono } from "hono";
import { createRelatch } from "relatch-worker";

const relatch = createRelatch({
  basePath: "/auth",
  // The database has a table `events` already.
  tables: { events: "relatch_events" },
});
export const { Intake, Mailbox, PasswordChange } = relatch;

/** better-auth for each environment. */
const known = new WeakMap();

function auth(env) {
  const options = {
    database: env.DB,
    baseURL: env.PUBLIC_URL,
    secret: env.BETTER_AUTH_SECRET,
    // Relatch accepts no shorter passwords either.
    emailAndPassword: { enabled: true, minPasswordLength: 15 },
  };
  if (!known.has(env)) known.set(env, betterAuth(options));
  return known.get(env);
}

const app = new Hono();
const reset = (c) => relatch.fetch(c.req.raw, c.env, c.executionCtx);
app.all("/auth/*", reset);
app.get("/.well-known/change-password", reset);
app.on(["GET", "POST"], "/api/auth/*", (c) => auth(c.env).handler(c.req.raw));
app.get("/", (c) => c.text("The application"));
export default app;
