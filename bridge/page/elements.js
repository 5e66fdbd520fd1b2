// Elements of the page, made and found. Text is only ever text: no string becomes HTML.
const SVG = "http://www.w3.org/2000/svg";

export function find(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element #${id}`);
  return element;
}

// attributes: {class, "aria-label", ...}, and `text`; those that are null or false are left out.
export function make(tag, { text, ...attributes } = {}, children = []) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

// One of the drawings that index.html begins with.
export function icon(name) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  picture.append(use);
  return picture;
}

export function iconButton(name, label, attributes = {}) {
  return make("button", { type: "button", class: "icon-button", "aria-label": label, title: label, ...attributes }, [
    icon(name),
  ]);
}

export function press(button, on) {
  button.setAttribute("aria-pressed", String(on));
}

export function fillMenu(menu, values, shown = (value) => value) {
  menu.replaceChildren(...values.map((value) => make("option", { value, text: shown(value) })));
}
