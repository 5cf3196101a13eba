// The style sheet of both elements. It selects by part, as a page that styles them does. Colors
// follow the color-scheme of the page, so the elements stay light on a page without a dark one.
const CSS = `
:host{
--_accent:var(--relatch-accent,light-dark(#1a4fd0,#8db2ff));
--_on:var(--relatch-on-accent,light-dark(#fff,#0c1524));
--_text:var(--relatch-text,light-dark(#1b2430,#e9edf2));
--_soft:var(--relatch-soft,light-dark(#52606f,#aab4c0));
--_line:var(--relatch-line,light-dark(#7b8794,#7d8a99));
--_error:var(--relatch-error,light-dark(#b3261e,#ffb1a8));
--_tint:var(--relatch-tint,light-dark(#fdf0ee,#2e1f22));
--_card:var(--relatch-card,light-dark(#fff,#1a212b));
--_radius:var(--relatch-radius,.5rem);
--_gap:var(--relatch-gap,1.25rem);
display:block;box-sizing:border-box;max-inline-size:30rem;padding:var(--relatch-padding,clamp(1rem,5vw,2rem));border-radius:calc(var(--_radius)*1.8);background:var(--_card);color:var(--_text);
font-family:var(--relatch-font,inherit);line-height:1.55;text-align:start;overflow-wrap:break-word;box-shadow:var(--relatch-shadow,0 1px 2px #0002,0 8px 24px #0001)}
:host([hidden]),[hidden]{display:none}
*{box-sizing:border-box}
h2,p,ul{margin:0}
h2{font-size:1.5rem;line-height:1.25;letter-spacing:-.01em;text-wrap:balance}
h3{margin:0;font-size:1.05rem}
ul{padding-inline-start:1.2rem}
[part=form],[part=main],[part=status]{display:grid;grid-template-columns:minmax(0,1fr);gap:.75rem}
[part=form]{gap:var(--_gap);margin-block-start:.5rem}
[part=body]>:not(:empty)~:not(:empty){margin-block-start:1rem}
[part=body]>h2~:not(:empty){margin-block-start:.75rem}
li+li{margin-block-start:.4rem}
label{display:block;font-weight:600}
[part=hint],[part=reason]{color:var(--_soft)}
[part=hint]{margin-block:.1rem .4rem;font-size:.9rem}
[part=reason]:not(:empty),[part=error]{margin-block:.1rem .4rem;font-size:.95rem;font-weight:600}
[part=error]{color:var(--_error)}
input{display:block;inline-size:100%;min-block-size:3rem;margin-block-start:.35rem;padding:.5rem .8rem;border:1px solid var(--_line);border-radius:var(--_radius);background:var(--_card);color:inherit;font:inherit}
[aria-invalid]{border:2px solid var(--_error)}
a,[part~=quiet]{color:var(--_accent);text-underline-offset:.15em}
[part~=button]{display:block;inline-size:100%;min-block-size:3rem;padding:.7rem 1rem;border:2px solid transparent;border-radius:var(--_radius);background:var(--_accent);color:var(--_on);font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}
[part~=button]:hover{filter:brightness(1.08)}
[part~=button][aria-disabled]{cursor:progress;filter:saturate(.4)}
[part~=quiet]{justify-self:start;min-block-size:2.75rem;margin-block:-.5rem;padding:.5rem 0;border:0;background:none;font:inherit;font-weight:600;text-decoration:underline;cursor:pointer}
:focus-visible{outline:3px solid var(--_accent);outline-offset:2px}
h2:focus{outline:none}
[part=alert]:not(:empty){padding:.9rem 1rem;border-inline-start:4px solid var(--_error);border-radius:var(--_radius);background:var(--_tint)}
[part=alert]:focus{outline:1px solid var(--_error)}
[part=alert] h2{margin-block-end:.4rem;font-size:1.15rem}
relatch-request{max-inline-size:none;padding:0;border-radius:0;background:none;box-shadow:none}
relatch-request::part(form-title){display:none}
@media(prefers-reduced-motion:no-preference){[part~=button]{transition:filter .15s}}
`;

let sheet: CSSStyleSheet | undefined;

/**
 * Adds the style sheet that all elements share. A constructed sheet is not subject to the page's
 * Content-Security-Policy. The browsers that test runners emulate have none.
 */
export function addStyles(root: ShadowRoot): void {
  if (!("replaceSync" in (globalThis.CSSStyleSheet?.prototype ?? {}))) {
    const style = document.createElement("style");
    style.textContent = CSS;
    return root.append(style);
  }
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  root.adoptedStyleSheets = [sheet];
}
