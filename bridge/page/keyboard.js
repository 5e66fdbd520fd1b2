// Keys that work wherever the focus is, except where text is written.
export function keyboard(actions) {
  const keys = {
    g: actions.generate,
    p: actions.toggle,
    z: actions.undo,
    Z: actions.redo,
    s: actions.save,
    m: actions.morph,
    l: actions.listen,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const digit = /^Digit([1-9])$/.exec(event.code);
    const action = digit ? (event.shiftKey ? actions.lock : actions.reroll) : keys[event.key];
    if (!action) return;
    event.preventDefault();
    if (digit) action(Number(digit[1]) - 1);
    else action();
  });
}
