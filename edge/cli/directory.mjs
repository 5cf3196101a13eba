// `relatch-worker directory`: prints the variables of an example in the folder directories.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "./program.mjs";
import { home } from "./wrangler.mjs";

/** The variables of the examples, by their names. */
const readExamples = () =>
  JSON.parse(readFileSync(join(home, "build", "directories.json"), "utf8"));

const tomlOf = (name) => readFileSync(join(home, "directories", `${name}.toml`), "utf8");

/** Returns the lines of the comment that a file begins with, without their marks. */
const commentOf = (text) =>
  [.../^(#.*\n)+/.exec(text)[0].matchAll(/^# ?(.*)$/gm)].map(([, line]) => line);

function list(names) {
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => {
    const [sentence] = commentOf(tomlOf(name))
      .join(" ")
      .split(/(?<=\.) /);
    return `  ${name.padEnd(width)}  ${sentence}`;
  });
  console.log(`${lines.join("\n")}

\`directory NAME\` prints the variables of one as TOML, and with --json as JSON.`);
}

/** The command: `directory`, or `directory NAME`. */
export function directory({ json }, [name]) {
  const examples = readExamples();
  const names = Object.keys(examples);
  if (name === undefined) return list(names);
  if (!Object.hasOwn(examples, name))
    throw new Problem(`directory: ${name} must be one of ${names.join(", ")}`);
  const toml = tomlOf(name);
  if (!json) return process.stdout.write(toml);
  // JSON has no comments.
  console.error(commentOf(toml).join("\n"));
  console.log(JSON.stringify({ vars: examples[name] }, null, 2));
}
