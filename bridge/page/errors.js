// The last sentence that a musician should know: an error, or a notice of the bridge.
import { find } from "./elements.js";

const OVERTAKEN = "busy"; // a morph that a newer one has overtaken is no error

export function errorLine(state) {
  const line = find("message");
  const say = (sentence, kind) => {
    line.textContent = sentence;
    line.dataset.kind = kind;
  };
  state.on("notice", (sentence) => say(sentence, "notice"));
  return {
    error: (problem) => say(`${problem.message}`, "error"),
    say: (sentence) => say(sentence, "done"),
  };
}

export function isOvertaken(problem) {
  return problem.code === OVERTAKEN && problem.address.startsWith("/mai/morph");
}
