// Makes elements. Data becomes text nodes and values of attributes that are named here, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** Adds attributes and children: texts, numbers, elements, lists of them; what is null or false is left out. */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const el = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
const svg = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

const number = new Intl.NumberFormat("en");
const count = (of, word, many = `${word}s`) => `${number.format(of)} ${of === 1 ? word : many}`;
const words = (text) => String(text).replaceAll("_", " ");
const badge = (kind, value, label = words(value)) => el("span", { class: `badge ${kind} ${value}` }, label);
const code = (text) => el("code", null, text);
/** A path, which breaks between its names. */
const path = (text) => el("code", null, text.split(/(?<=[/!])/).flatMap((name, at) => (at > 0 ? [el("wbr"), name] : name)));
const link = (hash, ...children) => el("a", { href: hash }, ...children);

/** A list that grows by pieces: `make` gives the element, or the elements, of one item. Returns how to show all, or all up to an index. */
function pieces(items, parentOf, make, size) {
  let shown = 0;
  const more = el("button", { type: "button", class: "more" });
  const upTo = (end) => {
    const stop = Math.min(items.length, end);
    let first = null;
    for (; shown < stop; shown += 1) {
      const made = [make(items[shown])].flat();
      first ??= made[0];
      parentOf(items[shown]).append(...made);
    }
    const left = items.length - shown;
    more.hidden = left === 0;
    more.textContent = `Show ${number.format(Math.min(size, left))} more of ${number.format(left)}`;
    return first;
  };
  more.addEventListener("click", () => {
    // Whoever pressed the button goes on where the new items begin.
    const first = upTo(shown + size);
    const next = first.querySelector("a, button, summary") ?? first;
    if (next === first) first.tabIndex = -1;
    next.focus();
  });
  upTo(size);
  return { more, upTo, all: () => upTo(items.length) };
}

/** A term and its description for a `dl`; nothing if there is no description. */
function pair(term, ...description) {
  const told = description.flat().filter((part) => part !== null && part !== undefined && part !== false && part !== "");
  return told.length === 0 ? [] : [el("dt", null, term), el("dd", null, told)];
}
