// `relatch-worker migrations`: writes the D1 migrations of the package into a folder.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TABLE } from "../options.mjs";
import { Problem } from "./program.mjs";
import { home } from "./wrangler.mjs";

/** The name of the table in directories/events.sql. */
const EXAMPLE = /\brelatch_events/g;
const NUMBERED = /^(\d+)_.*\.sql$/;

/** Returns the SQL that creates the table of events under a name, without the comment before it. */
const eventsTable = (name) =>
  readFileSync(join(home, "directories", "events.sql"), "utf8")
    .replace(/^(--.*\n)+/, "")
    .replace(EXAMPLE, name);

/** Returns the number of the next migration in a folder, with four digits. */
function nextNumber(names) {
  const numbers = names.map((name) => Number(NUMBERED.exec(name)?.[1] ?? 0));
  return String(Math.max(0, ...numbers) + 1).padStart(4, "0");
}

/** Writes a file. One that exists must have the same content. */
function write(path, content) {
  const isThere = existsSync(path);
  if (isThere && readFileSync(path, "utf8") !== content)
    throw new Problem(`${path} exists with another content. Nothing was written over it.`);
  if (!isThere) writeFileSync(path, content);
  console.log(isThere ? `${path} exists already.` : path);
}

/** The command: `migrations [FOLDER]`, or `migrations --events [NAME] [FOLDER]`. */
export function migrations({ events }, [folder = "migrations"]) {
  if (events !== undefined && !TABLE.test(events))
    throw new Problem("--events must be a table name of letters, digits and `_`");
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(folder);
  if (events !== undefined) {
    const existing = names.find((name) => NUMBERED.test(name) && name.endsWith(`_${events}.sql`));
    write(join(folder, existing ?? `${nextNumber(names)}_${events}.sql`), eventsTable(events));
    if (events !== "events")
      console.log(
        `Name the table in the options: createRelatch({ tables: { events: "${events}" } })`,
      );
    return;
  }
  for (const name of readdirSync(join(home, "migrations")).sort())
    write(join(folder, name), readFileSync(join(home, "migrations", name), "utf8"));
}
