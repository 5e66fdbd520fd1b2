// The values of saved latents, asked for once each: the pad places them by their likeness.
export const MOST_LATENTS = 48; // on the pad; the list has all

export class LatentValues {
  constructor(connection) {
    this.connection = connection;
    this.known = new Map(); // by name: {hash, values: Float32Array}
  }

  forget(name) {
    this.known.delete(name);
  }

  forgetAll() {
    this.known.clear();
  }

  // Those of these names that the bridge still has: [{name, hash, values}].
  async of(names) {
    const wanted = names.slice(0, MOST_LATENTS);
    for (const name of this.known.keys()) if (!wanted.includes(name)) this.known.delete(name);
    for (const name of wanted) if (!this.known.has(name)) await this.#fetch(name);
    return wanted.filter((name) => this.known.has(name)).map((name) => ({ name, ...this.known.get(name) }));
  }

  async #fetch(name) {
    try {
      const parts = await this.connection.request("/mai/latent/get", name);
      const values = Float32Array.from(parts.flatMap((part) => part.slice(6)));
      this.known.set(name, { hash: parts[0][3], values });
    } catch {
      // Deleted meanwhile, or damaged: the list of names will tell.
    }
  }
}
