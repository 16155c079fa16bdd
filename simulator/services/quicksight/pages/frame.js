"use strict";
const facts = JSON.parse(document.getElementById("facts").textContent);
const query = new URLSearchParams(location.search);
const target = {
  experienceType: "DASHBOARD", dashboardId: facts.dashboard,
  contextId: query.get("contextId"), discriminator: Number(query.get("discriminator")),
};
const parameters = new Map();
for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
  if (name.startsWith("p.")) parameters.set(name.slice(2), [...(parameters.get(name.slice(2)) || []), value]);
}
let sheet = query.get("sheetId") || facts.sheets[0].SheetId;

function tell(eventName, message) {
  parent.postMessage({ eventName, eventTarget: target, message }, "*");
}

function listed() {
  return [...parameters].map(([Name, Values]) => ({ Name, Values }));
}

function draw() {
  document.getElementById("name").textContent = facts.name;
  const place = document.getElementById("place");
  place.value = place.dataset.shows = (parameters.get("place") || []).join(",");
  document.getElementById("tags").textContent = Object.entries(facts.tags).map((pair) => pair.join("=")).join(" ");
  document.getElementById("sheets").replaceChildren(...facts.sheets.map((one) => {
    const button = document.createElement("button");
    button.textContent = one.Name;
    button.setAttribute("aria-pressed", String(one.SheetId === sheet));
    button.addEventListener("click", () => alive(() => select(one.SheetId)));
    return button;
  }));
}

function select(id) {
  sheet = id;
  draw();
  tell("SELECTED_SHEET_CHANGED", { selectedSheet: facts.sheets.find((one) => one.SheetId === id) });
}

function take(given) {
  for (const { Name, Values } of given) parameters.set(Name, Values);
  draw();
  tell("PARAMETERS_CHANGED", { changedParameters: given });
}

// Whatever asks for data finds out that the session is over; the frame seldom says so.
async function alive(then) {
  const answer = await fetch(`/embed/${facts.session}/alive`);
  if (answer.ok) return then();
  document.getElementById("told").textContent = "The session is over.";
  if (facts.tellsEnd) tell("ERROR_OCCURRED", { errorCode: "Unauthorized" });
  return undefined;
}

const ANSWERS = {
  SET_PARAMETERS: (given) => { take(given); return { success: true }; },
  SET_SELECTED_SHEET_ID: (given) => { select(given.SheetId); return { success: true }; },
  GET_PARAMETERS: listed,
  GET_SHEETS: () => facts.sheets,
  GET_SELECTED_SHEET_ID: () => sheet,
};

function begin() {
  const channel = new BroadcastChannel(target.contextId);
  channel.addEventListener("message", ({ data }) => {
    const known = ANSWERS[data.eventName];
    if (!known || data.eventTarget.discriminator !== target.discriminator) return;
    alive(() => parent.postMessage({ eventId: data.eventId, message: known(data.message) }, "*"));
  });
  document.getElementById("place").addEventListener("change", (event) => {
    alive(() => take([{ Name: "place", Values: event.target.value.split(",") }]));
  });
  draw();
  tell("EXPERIENCE_INITIALIZED", {});
  tell("CONTENT_LOADED", { title: facts.name });
}

if (facts.trouble) {
  document.getElementById("told").textContent = "This dashboard can't be shown.";
  if (facts.trouble !== "silent") tell("ERROR_OCCURRED", { errorCode: facts.trouble });
} else {
  begin();
}
