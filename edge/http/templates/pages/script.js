// Comfort only: every page works without it.
const fields = document.querySelectorAll("input[type=password]");
const reveal = document.createElement("button");
const show = (shown) => {
  for (const field of fields) field.type = shown ? "text" : "password";
  reveal.textContent = shown ? "Hide passwords" : "Show passwords";
};
if (fields.length) {
  reveal.type = "button";
  reveal.className = "reveal";
  reveal.onclick = () => show(fields[0].type === "password");
  show(false);
  document.querySelector("form > button").before(reveal);
}
// A double click sends once. And what was shown is sent as a password, which browsers keep to themselves.
let sent = 0;
addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (Date.now() - sent < 3000) event.preventDefault();
  else sent = Date.now();
  show(false);
});
