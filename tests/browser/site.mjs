// A site of an application that uses the npm package: the built package under /relatch/, pages given as HTML, and a policy as
// strict as the package allows. It is another origin than the service.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".json": "application/json", ".css": "text/css" };
/** What is served of the tree. */
const FOLDERS = { "/relatch/": "js/dist/", "/runtimes/": "tests/runtimes/" };

/** Starts it on a port. `pages` are by their paths, and may be added to. */
export async function startSite(port, service) {
  const pages = { "/empty.html": '<!doctype html><html lang="en"><title>Empty</title><p>Nothing.' };
  const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${service} http://127.0.0.1:*; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'`;
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, "http://site.test").pathname);
    const folder = Object.keys(FOLDERS).find((start) => path.startsWith(start));
    try {
      const text = folder ? readFileSync(join(root, FOLDERS[folder], path.slice(folder.length))) : pages[path];
      if (text === undefined) throw new Error("there is no such page");
      const html = folder === undefined && extname(path) !== ".css" && extname(path) !== ".js";
      response.setHeader("Content-Type", html ? "text/html; charset=utf-8" : TYPES[extname(path)]);
      response.setHeader("Content-Security-Policy", policy);
      response.end(text);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    pages,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
