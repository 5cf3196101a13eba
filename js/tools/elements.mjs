// The interface of the custom elements: what they accept and offer. The typings for frameworks and
// the manifests for editors are generated from it (typings.mjs). The tests compare it with the
// elements (tests/browser/elements-manifest.test.mjs) and with the README
// (tests/package/manifests.test.mjs).

const BASE_URL = {
  name: "base-url",
  description: "URL of the service. The default is the origin of the page.",
};
const APPLICATION = {
  name: "application",
  description: "Id of one of the applications of the service.",
};

/** The events, by their names. */
export const EVENTS = {
  "relatch-sent": {
    type: "CustomEvent<Message>",
    description: "A request was accepted. This does not reveal whether the account exists.",
  },
  "relatch-changed": {
    type: "CustomEvent<Message>",
    description: "The password was set.",
  },
  "relatch-error": {
    type: "CustomEvent<ResetError>",
    description:
      "A call failed, or the URL of the page contains no usable link. The element has already shown a message to the visitor.",
  },
};

export const ELEMENTS = [
  {
    tag: "relatch-request",
    name: "RelatchRequest",
    description: "A form that requests an email with a reset link.",
    attributes: [
      BASE_URL,
      APPLICATION,
      { name: "identifier", description: "Initial value of the field." },
    ],
    events: ["relatch-sent", "relatch-error"],
  },
  {
    tag: "relatch-reset",
    name: "RelatchReset",
    description: "A form that sets a new password with the link in the URL of the page.",
    attributes: [
      BASE_URL,
      APPLICATION,
      {
        name: "request-url",
        description:
          "Page to request a new link. By default, the element shows a form for that, whose events it passes on.",
      },
      {
        name: "sign-in-url",
        description:
          'Target of the link "Sign in" after the password was set. Without it, there is no such link.',
      },
      {
        name: "username",
        description:
          "What the account signs in with, for password managers and the password rules.",
      },
    ],
    events: ["relatch-changed", "relatch-sent", "relatch-error"],
  },
];

/** The custom properties of both elements. Their defaults are in src/elements/style.ts. */
export const PROPERTIES = {
  "--relatch-accent": "Color of buttons, links and the focus.",
  "--relatch-on-accent": "Color of the text on buttons.",
  "--relatch-text": "Color of the text.",
  "--relatch-soft": "Color of hints.",
  "--relatch-line": "Color of the borders of inputs.",
  "--relatch-error": "Color of errors.",
  "--relatch-tint": "Background of errors.",
  "--relatch-card": "Background of the element and of its inputs.",
  "--relatch-radius": "Radius of the corners of inputs and buttons.",
  "--relatch-gap": "Distance between the fields of a form.",
  "--relatch-padding": "Distance between the content and the edge of the element.",
  "--relatch-font": "Font family.",
  "--relatch-shadow": "Shadow of the element.",
};

/** The parts of both elements. */
export const PARTS = {
  title: "Heading.",
  "form-title": "Heading of a form.",
  subtitle: "Heading of the list of what to do if no email arrives.",
  text: "Paragraph.",
  list: "List of what to do if no email arrives.",
  item: "Item of that list.",
  alert: "Region that announces an error.",
  status: "Region that announces a result.",
  main: "Region below both.",
  body: "The whole content.",
  form: "Form.",
  field: "Label, hint, message and input together.",
  label: "Label of an input.",
  hint: "Hint of an input.",
  reason: "What is missing in an input while a person types.",
  error: "What is wrong with an input.",
  input: "Input.",
  button: "Button, or link that looks like one.",
  link: "Link that looks like a button.",
  quiet: "Button that looks like a link.",
  reveal: "Button that shows or hides the passwords.",
  again: "Button that requests another email.",
  captcha: "The widget of a captcha, which the page puts into `<relatch-request>`.",
  request: "The form for a new link in `<relatch-reset>`.",
};
