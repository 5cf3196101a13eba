// Generates the typings of the elements for frameworks and the manifests for editors, from
// elements.mjs.
import { readFileSync } from "node:fs";
import { ELEMENTS, EVENTS, PARTS, PROPERTIES } from "./elements.mjs";

const STYLE = readFileSync(new URL("../src/elements/style.ts", import.meta.url), "utf8");

/** Returns the default of a custom property: the second argument of its `var()` in the style. */
function defaultOf(property) {
  const start = STYLE.indexOf(`var(${property},`) + `var(${property},`.length;
  let end = start;
  for (let depth = 1; depth > 0; end++) depth += { "(": 1, ")": -1 }[STYLE[end]] ?? 0;
  return STYLE.slice(start, end - 1);
}

const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
const entries = (object, toEntry) => Object.entries(object).map(toEntry);

/** The Custom Elements Manifest (https://custom-elements-manifest.open-wc.org). */
function customElementsManifest() {
  const path = "dist/elements.js";
  const declarations = ELEMENTS.map(({ tag, name, description, attributes, events }) => ({
    kind: "class",
    customElement: true,
    name,
    tagName: tag,
    description,
    superclass: { name: "HTMLElement" },
    attributes: attributes.map((attribute) => ({ ...attribute, type: { text: "string" } })),
    events: events.map((name) => {
      const { type, description } = EVENTS[name];
      return { name, type: { text: type }, description };
    }),
    cssProperties: entries(PROPERTIES, ([name, description]) => ({
      name,
      description,
      default: defaultOf(name),
    })),
    cssParts: entries(PARTS, ([name, description]) => ({ name, description })),
  }));
  const exports = ELEMENTS.flatMap(({ tag, name }) => {
    const declaration = { name, module: path };
    return [
      { kind: "js", name, declaration },
      { kind: "custom-element-definition", name: tag, declaration },
    ];
  });
  const modules = [{ kind: "javascript-module", path, declarations, exports }];
  return { schemaVersion: "2.1.0", readme: "README.md", modules };
}

/** Custom data of VS Code: `html.customData` and `css.customData`. */
const htmlData = () => ({
  version: 1.1,
  tags: ELEMENTS.map(({ tag, description, attributes }) => ({
    name: tag,
    description,
    attributes,
  })),
});
const cssData = () => ({
  version: 1.1,
  properties: entries(PROPERTIES, ([name, description]) => ({ name, description })),
});

const comment = (text, indent) => `${indent}/** ${text} */\n`;

/** The interfaces of the attributes, which every framework's typings use. */
function attributeTypes() {
  const interfaces = ELEMENTS.map(({ tag, name, attributes }) => {
    const members = attributes.map(
      ({ name, description }) => `${comment(description, "  ")}  "${name}"?: string | undefined;\n`,
    );
    const title = comment(`The attributes of \`<${tag}>\`.`, "");
    return `${title}export interface ${name}Attributes {\n${members.join("")}}\n`;
  });
  return interfaces.join("\n");
}

const IMPORTS = `import type { ${ELEMENTS.map(({ name }) => `${name}Attributes`).join(", ")} } from "./elements/attributes.js";
import type { RelatchEvents, ${ELEMENTS.map(({ name }) => name).join(", ")} } from "./elements/index.js";

export * from "./elements/index.js";
`;
const listeners = (prefixes) =>
  `type Listeners = {
  [Name in keyof RelatchEvents as ${prefixes.map((prefix) => `\`${prefix}\${Name}\``).join(" | ")}]?:
    | ((event: RelatchEvents[Name]) => void)
    | undefined;
};`;
/** Returns the members of a framework's interface of elements, each with the type `ElementProps<…>`. */
const members = (indent) =>
  ELEMENTS.map(
    ({ tag, name, description }) =>
      `${comment(description, indent)}${indent}"${tag}": ElementProps<${name}, ${name}Attributes>;\n`,
  ).join("");

const camelCase = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

const FRAMEWORKS = {
  react: () => `// The elements in JSX of React 19.
import type { DetailedHTMLProps, HTMLAttributes } from "react";
${IMPORTS}
${listeners(["on"])}
type ElementProps<Class, Attributes> = DetailedHTMLProps<HTMLAttributes<Class>, Class> &
  Attributes &
  Listeners;

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
${members("      ")}    }
  }
}
`,
  vue: () => `// The elements in templates of Vue 3.
import type { HTMLAttributes, PublicProps } from "vue";
${IMPORTS.replace(/^.*\n/, "")}
type Listener<Name extends keyof RelatchEvents> = ((event: RelatchEvents[Name]) => void) | undefined;

interface Listeners {
${Object.keys(EVENTS)
  .map((name) => `  on${camelCase(`-${name}`)}?: Listener<"${name}">;\n`)
  .join("")}}

/* vue-tsc reads \`base-url\` in a template as \`baseUrl\`. Only the former is an attribute. */
${ELEMENTS.map(
  ({ name, attributes }) => `
interface ${name}Attributes {
${attributes.map(({ name, description }) => `${comment(description, "  ")}  ${camelCase(name)}?: string | undefined;\n`).join("")}}
`,
).join("")}
type ElementProps<Class, Attributes> = new () => Class & {
  $props: HTMLAttributes & PublicProps & Listeners & Attributes;
};

declare module "vue" {
  interface GlobalComponents {
${members("    ")}  }
}
`,
  svelte: () => `// The elements in components of Svelte.
import type { HTMLAttributes } from "svelte/elements";
${IMPORTS}
${listeners(["on", "on:"])}
type ElementProps<Class extends EventTarget, Attributes> = HTMLAttributes<Class> & Attributes & Listeners;

declare module "svelte/elements" {
  interface SvelteHTMLElements {
${members("    ")}  }
}
`,
  solid:
    () => `// The elements in JSX of Solid. A value that changes needs the prefix \`attr:\`: without it, Solid
// sets a property of the element.
import type { JSX } from "solid-js";
${IMPORTS}
${listeners(["on:"])}
type ElementProps<Class, Attributes> = JSX.HTMLAttributes<Class> &
  Attributes & { [Name in keyof Attributes as \`attr:\${Name & string}\`]: Attributes[Name] } & Listeners;

declare module "solid-js" {
  namespace JSX {
    interface IntrinsicElements {
${members("      ")}    }
  }
}
`,
};

/** Returns the contents of the generated files, by their paths in the package's folder `dist`. */
export function generate() {
  const typings = entries(FRAMEWORKS, ([name, content]) => [`types/${name}.d.ts`, content()]);
  return Object.fromEntries([
    ["custom-elements.json", json(customElementsManifest())],
    ["html-custom-data.json", json(htmlData())],
    ["css-custom-data.json", json(cssData())],
    ["types/elements/attributes.d.ts", attributeTypes()],
    ...typings,
  ]);
}
