// Enhances the pages, which work without it: a button that shows the passwords, and a guard
// against double submits.
const form = document.querySelector("form");
const fields = document.querySelectorAll("input[type=password]");
const reveal = document.createElement("button");
const show = (shown) => {
  for (const field of fields) field.type = shown ? "text" : "password";
  reveal.textContent = shown ? form.dataset.hide : form.dataset.show;
};
if (fields.length) {
  reveal.type = "button";
  reveal.className = "reveal";
  reveal.onclick = () => show(fields[0].type === "password");
  show(false);
  form.querySelector(":scope > button").before(reveal);
}
// Browsers may remember the value of a text input, but not of a password input: passwords are
// hidden again before they are sent.
let sent = 0;
addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (Date.now() - sent < 3000) event.preventDefault();
  else sent = Date.now();
  if (fields.length) show(false);
});
