// A name for a latent that a musician gave none.
export function freeName(names) {
  let number = names.length + 1;
  while (names.includes(`Idea ${number}`)) number += 1;
  return `Idea ${number}`;
}
