// How the bridge is: late and dropped bars, and what each stage takes.
import { find, make } from "./elements.js";
import { milliseconds } from "./format.js";

const STAGES = {
  first_bar: "First bar", phrase: "Phrase", bar: "Streamed bar", queue: "Queue", first_model: "Model",
  first_notes: "Notes", first_send: "Send",
};

export function figures(state) {
  state.on("status", () => {
    const { counters, latency_ms: stages, provider, client_count: clients, midi } = state.status;
    find("late").textContent = String(counters.late);
    find("dropped").textContent = String(counters.dropped + (midi?.dropped ?? 0));
    find("clients").textContent = String(clients);
    find("provider").textContent = provider.replace("ExecutionProvider", "");
    const rows = Object.entries(STAGES).filter(([stage]) => stages[stage]);
    find("stages").replaceChildren(
      ...rows.map(([stage, words]) =>
        make("tr", {}, [
          make("th", { scope: "row", text: words }),
          make("td", { text: milliseconds(stages[stage].p50) }),
          make("td", { text: milliseconds(stages[stage].p95) }),
          make("td", { text: milliseconds(stages[stage].max) }),
        ]),
      ),
    );
  });
}
