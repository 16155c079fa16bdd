// A dashboard of QuickSight on our page: what is chosen here is told to it, and what is chosen in it is shown here.
import { sentence } from "./checks.js";
import { Session } from "./session.js";

const section = document.getElementById("dashboard");
const status = document.getElementById("dashboard-status");
const trouble = document.getElementById("dashboard-trouble");
const place = document.getElementById("place");
const PARAMETER = section.dataset.parameter;

async function mint() {
  const token = section.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch(section.dataset.embed, { method: "POST", headers: { "X-CSRFToken": token } });
  const told = await answer.json().catch(() => ({ check: "service", sentence: sentence("service") }));
  if (!answer.ok) throw Object.assign(new Error(told.sentence), { check: told.check });
  return told;
}

function time(at) {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

function show(state) {
  section.dataset.state = state.name;
  status.textContent = {
    opening: "QuickSight is opening the dashboard.",
    open: `Open until ${time(state.endsAt)}; it is renewed by itself before.`,
    ended: "",
    failed: "",
  }[state.name];
  trouble.hidden = !state.check;
  if (state.check) {
    trouble.dataset.check = state.check;
    trouble.querySelector("p").textContent = state.sentence || sentence(state.check, section.dataset.frames);
  }
}

function chosenThere(values) {
  const [iso] = values;
  if (!iso || iso === place.value || !place.querySelector(`option[value="${CSS.escape(iso)}"]`)) return;
  place.value = iso;
  inAddress();
}

// The page's address restores the place, as everywhere. What the dashboard had by itself can't be had back.
function inAddress() {
  place.querySelector("option[value='']")?.remove();
  const address = new URL(location.href);
  address.searchParams.set(PARAMETER, place.value);
  history.replaceState(null, "", address);
}

const session = new Session({
  container: document.getElementById("dashboard-frame"),
  mint,
  show,
  changed: (parameters) => { if (parameters.has(PARAMETER)) chosenThere(parameters.get(PARAMETER)); },
});

if (place.value) session.set(PARAMETER, [place.value]);
place.addEventListener("change", () => {
  inAddress();
  session.set(PARAMETER, [place.value]);
});
place.form.addEventListener("submit", (event) => event.preventDefault());
trouble.querySelector("button").addEventListener("click", () => session.open());
session.open();
