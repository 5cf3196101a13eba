// A reset by a client whose types openapi-typescript has generated from docs/openapi.yaml.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Code = components["schemas"]["Problem"]["code"];

const client = (baseUrl: string) => createClient<paths>({ baseUrl });

/** Requests a mail. Returns the message of the service. */
export async function request(base: string, email: string): Promise<string> {
  const { data, error } = await client(base).POST("/password/reset/request", { body: { email } });
  if (!data) throw new Error(error.title);
  return data.message;
}

/** Checks a link and sets a password with it. Returns what the service said, in order. */
export async function reset(base: string, token: string, password: string): Promise<string[]> {
  const { GET, POST } = client(base);
  const said: string[] = [];
  const rules = await GET("/password/rules");
  if (rules.data) said.push(`at least ${rules.data.min_length}`);
  const checked = await POST("/password/reset/check", { body: { token } });
  if (checked.data) said.push(`until ${checked.data.expires_at}`);
  const weak = await POST("/password/reset/confirm", { body: { token, password: "short" } });
  if (weak.error && "reasons" in weak.error) said.push(`${weak.error.reasons}`);
  const twice = { token, plainPassword: { first: password, second: password } };
  const confirmed = await POST("/password/reset/confirm", { body: twice });
  if (confirmed.data) said.push(confirmed.data.message);
  const used = await POST("/password/reset/check", { body: { token } });
  const code: Code | undefined = used.error?.code;
  if (code) said.push(code);
  return said;
}

/** Calls that do not compile. */
export function mistakes(): void {
  const { POST } = client("http://localhost");
  // @ts-expect-error
  POST("/password/reset/requests", { body: { email: "" } });
  // @ts-expect-error
  POST("/password/reset/check", { body: { token: 7 } });
  // @ts-expect-error
  POST("/password/reset/confirm", { body: { password: "" } });
  // @ts-expect-error
  POST("/server/events", { body: { email: "", limit: "20" } });
}
