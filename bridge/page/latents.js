// The saved latents as a list: recall, rename and delete each; and the one that plays, saved under a name.
import { find, iconButton, make } from "./elements.js";
import { freeName } from "./free_name.js";

const SURE_MS = 3000; // within which a second press deletes

export class Latents {
  // ask: Asking; changed(name, newName): this page has saved, renamed or deleted one.
  constructor(state, ask, changed) {
    Object.assign(this, { state, ask, changed });
    find("save").addEventListener("submit", (event) => this.#save(event));
    state.on("latents", () => this.#show());
  }

  async #save(event) {
    event.preventDefault();
    const field = find("save-name");
    const name = field.value.trim() || freeName(this.state.latents);
    if (!(await this.ask.save(name))) return;
    field.value = "";
    this.changed(name, name);
  }

  #show() {
    const list = find("latents");
    const hadFocus = list.contains(document.activeElement);
    if (hadFocus && document.activeElement.matches("input")) return; // a name is being written
    list.replaceChildren(...this.state.latents.map((name) => this.#row(name)));
    if (hadFocus) list.focus();
    find("latents-empty").hidden = this.state.latents.length > 0;
  }

  #row(name) {
    const row = make("li");
    const play = make("button", { type: "button", class: "name", title: `Recall ${name}`, text: name });
    const rename = iconButton("rename", `Rename ${name}`);
    const remove = iconButton("delete", `Delete ${name}`);
    play.addEventListener("click", () => this.ask.recall(name));
    rename.addEventListener("click", () => this.#rename(row, name));
    remove.addEventListener("click", () => this.#delete(remove, name));
    row.append(play, rename, remove);
    return row;
  }

  #rename(row, name) {
    const field = make("input", { "aria-label": `New name of ${name}`, maxlength: "200" });
    field.value = name;
    const finish = async (newName) => {
      field.onblur = null;
      find("latents").focus();
      if (newName && newName !== name && (await this.ask.rename(name, newName))) this.changed(name, newName);
      else this.#show();
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") finish(field.value.trim());
      if (event.key === "Escape") finish("");
    });
    field.onblur = () => finish(field.value.trim());
    row.replaceChildren(field);
    field.select();
    field.focus();
  }

  async #delete(button, name) {
    if (!button.classList.contains("sure")) {
      button.classList.add("sure");
      button.setAttribute("aria-label", `Press again to delete ${name}`);
      setTimeout(() => {
        button.classList.remove("sure");
        button.setAttribute("aria-label", `Delete ${name}`);
      }, SURE_MS);
      return;
    }
    if (await this.ask.delete(name)) this.changed(name, null);
  }
}
