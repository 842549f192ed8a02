// Elements made of text, never of markup: nothing here or elsewhere on these pages sets HTML.

/** Make an element; a child that is not an element becomes text. */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** Put children in place of what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
}

/** Write an id as words. */
export const words = (id) => id.replaceAll("-", " ").replaceAll("_", " ").replaceAll(".", ": ");

const reader = globalThis.markdownit ? globalThis.markdownit({ html: false, linkify: false }).disable(["image"]) : null;
const TAGS = new Set(["p", "ul", "ol", "li", "strong", "em", "code", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote",
  "hr", "br", "table", "thead", "tbody", "tr", "th", "td", "pre", "s"]);

/** Read Markdown as an EHR does: raw HTML stays text, links stay words. */
export function markdown(text) {
  const root = el("div", { class: "markdown" });
  build(reader.parse(text, {}), root);
  return root;
}

function build(tokens, root) {
  const open = [root];
  for (const token of tokens) {
    const here = open[open.length - 1];
    if (token.type === "inline") build(token.children ?? [], here);
    else if (token.type === "text") here.append(token.content);
    else if (token.type === "softbreak") here.append(" ");
    else if (token.type === "code_inline" || token.type === "fence" || token.type === "code_block") here.append(el("code", {}, token.content));
    else if (token.nesting === -1) { if (open.length > 1) open.pop(); }
    else if (!token.hidden && (TAGS.has(token.tag) || token.tag === "a")) {
      const made = el(token.tag === "a" ? "span" : /^h\d$/.test(token.tag) ? "h4" : token.tag);
      here.append(made);
      if (token.nesting === 1) open.push(made);
    } else if (token.nesting === 1) open.push(here);
    else here.append(token.content ?? "");
  }
}

/** Copy text, and say so in an element. */
export async function copy(text, says) {
  try {
    await navigator.clipboard.writeText(text);
    says.textContent = "Copied.";
  } catch {
    says.textContent = "The browser does not let a page copy here; select the text instead.";
  }
}
