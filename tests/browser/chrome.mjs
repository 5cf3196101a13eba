// Any Chrome or Chromium of this machine. Run by itself it says which one, or what to install: `make test` begins with it.
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { argv, env, exit } from "node:process";
import { fileURLToPath } from "node:url";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "chromium-freeworld"];
const ELSEWHERE = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/snap/bin/chromium",
];

const runs = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};
const inPath = (name) => (env.PATH ?? "").split(delimiter).map((folder) => join(folder, name)).find(runs);

/** The path of the browser that CHROME names, or of one that is installed. Nothing if there is none. */
export function findChrome() {
  if (env.CHROME) return runs(env.CHROME) ? env.CHROME : inPath(env.CHROME);
  return NAMES.map(inPath).find(Boolean) ?? ELSEWHERE.find(runs);
}

export const MISSING = env.CHROME
  ? `CHROME=${env.CHROME} is no program that can be run.`
  : "The pages are tested in a real browser, and neither Chrome nor Chromium was found. Install one\n" +
    "(Debian, Ubuntu: sudo apt-get install chromium; Fedora: sudo dnf install chromium; macOS: brew install --cask chromium),\n" +
    "or name one that is installed elsewhere: make test CHROME=/path/to/chrome";

if (argv[1] === fileURLToPath(import.meta.url)) {
  const chrome = findChrome();
  if (!chrome) {
    console.error(MISSING);
    exit(1);
  }
  console.log(`browser: ${chrome}`);
}
