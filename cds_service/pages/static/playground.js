// The playground: a chart goes to this service and no other; what comes back is shown as a clinician would see it.
import { copy, el, fill, words } from "./dom.js";
import { readChart } from "./chart.js";
import { cardOf } from "./cards.js";
import { reasoning, responseChip } from "./reasoning.js";
import { timeline } from "./timeline.js";
import { wireViews } from "./wire.js";

const ASSESSMENT = "org.steroid-injection-followup.assessment";
const at = (id) => document.getElementById(id);
const services = JSON.parse(document.body.dataset.services);
const takesFeedback = document.body.dataset.feedback === "yes";
const examples = [...document.querySelectorAll("#fixtures a")];
const now = { chart: null, fixture: null, answer: null, feedback: null, patientId: null };
let turn = 0;

const chosenService = () => services.find((s) => s.id === at("service").value) ?? services[0];

/** Ask the service about the chart that is loaded, and show what it says. */
async function evaluate() {
  if (!now.chart) return;
  const mine = ++turn;
  at("status").textContent = "Evaluating …";
  const query = new URLSearchParams();
  if (at("as-of").value) query.set("asOf", at("as-of").value);
  if (services.length > 1) query.set("service", chosenService().id);
  let got;
  try {
    const response = await fetch(`/playground/show?${query}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: now.chart.text });
    got = await response.json();
    if (mine !== turn) return;
    if (!response.ok) { refuse(got); return; }
  } catch {
    if (mine === turn) refuse({ issue: [{ diagnostics: "The service did not answer." }] });
    return;
  }
  Object.assign(now, { answer: got.answer, patientId: got.patientId, feedback: null });
  show(got);
}

function refuse(outcome) {
  at("result").hidden = true;
  fill(at("status"), el("strong", {}, "Not evaluated. "), (outcome.issue ?? []).map((i) => [i.details?.text ?? i.diagnostics ?? i.code, i.expression ? ` (${i.expression.join(", ")})` : ""].join("")).join(" "));
}

function show({ answer, picture }) {
  const told = answer.extension?.[ASSESSMENT] ?? {};
  const episodes = told.episodes ?? [];
  const count = answer.cards.length;
  at("status").textContent = `${count === 0 ? "No card" : count === 1 ? "1 card" : `${count} cards`}, as of ${told.asOf ?? ""}.`;
  at("result").hidden = false;
  patient();
  const drawn = picture.episodes ?? [];
  fill(at("timelines"), drawn.map((e) => timeline(e, now.chart, responseChip(episodes.find((o) => o.region === e.region && o.side === e.side)?.response))));
  const seen = new Set();
  fill(at("cards"), answer.cards.map((card) => {
    const episode = episodes.find((e) => e.cards.some((c) => c.uuid === card.uuid));
    const under = episode && !seen.has(episode) ? reasoning(episode, now.chart, picture.names) : episode ? el("p", { class: "quiet" }, "Same site as above: see the reasoning there.") : "";
    if (episode) seen.add(episode);
    return cardOf(card, { send, takesFeedback, under });
  }), count ? [] : el("p", { class: "silent" }, "The clinician sees nothing: no card is due."));
  const silent = episodes.filter((e) => !seen.has(e));
  fill(at("others"), silent.length ? el("h2", {}, "Sites without a card") : [], silent.map((e) => {
    const title = drawn.find((d) => d.region === e.region && d.side === e.side)?.title ?? words(e.region);
    return el("section", { class: "shown", "aria-label": title }, el("h3", {}, title, " ", responseChip(e.response)), reasoning(e, now.chart, picture.names));
  }));
  readNotes(told);
  wireViews(now, { services: chosenService, asOf: at("as-of").value });
}

function patient() {
  const found = now.chart.resources.find((r) => r.resourceType === "Patient" && (!now.patientId || r.id === now.patientId)) ?? {};
  const name = Array.isArray(found.name) ? found.name[0] ?? {} : {};
  const said = [name.text ?? [...[name.given].flat(), name.family].filter(Boolean).join(" "), found.gender, found.birthDate ? `born ${found.birthDate}` : "", now.patientId ? `Patient/${now.patientId}` : ""];
  at("patient").textContent = said.filter((part) => typeof part === "string" && part).join(" · ");
}

function readNotes(told) {
  const list = (heading, items) => (items?.length ? [el("h3", {}, heading), el("ul", {}, items.map((i) => el("li", {}, `${i.reference ?? i.type}: ${i.reason}`)))] : []);
  const parts = [...list("Not used", told.ignored), ...list("Could not be read", told.unreadable), ...list("Not whole", told.incomplete)];
  fill(at("read"), told.outOfScope ? el("p", {}, `Out of scope: ${told.outOfScope}`) : [],
    parts.length ? el("details", { class: "small" }, el("summary", {}, "What was not used of the Bundle"), parts) : []);
}

/** Post feedback in the form of CDS Hooks; returns what went wrong, or nothing. */
async function send(items) {
  const body = { feedback: items };
  try {
    const response = await fetch(`/cds-services/${encodeURIComponent(chosenService().id)}/feedback`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    now.feedback = body;
    wireViews(now, { services: chosenService, asOf: at("as-of").value });
    return response.ok ? "" : `The feedback was not taken (${response.status}).`;
  } catch {
    return "The service did not answer; the feedback is not recorded.";
  }
}

/** Load an example by its name. */
async function load(name, day) {
  const link = examples.find((a) => a.dataset.fixture === name);
  if (!link) { at("status").textContent = "No example has this name."; return; }
  examples.forEach((a) => (a === link ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current")));
  at("as-of").value = day || link.dataset.asOf;
  at("title").textContent = link.textContent;
  at("lead").textContent = link.dataset.title;
  const response = await fetch(`/playground/fixtures/${encodeURIComponent(name)}`);
  if (!response.ok) { at("status").textContent = "The example cannot be read."; return; }
  now.fixture = name;
  take(await response.text());
}

function take(text) {
  try {
    now.chart = readChart(text);
  } catch (problem) {
    now.chart = null;
    at("result").hidden = true;
    at("status").textContent = `Not JSON: ${problem.message}`;
    return;
  }
  at("evaluate").disabled = false;
  evaluate();
}

/** Take what a person brought; it never shows in the address. */
function bring(text, title) {
  now.fixture = null;
  examples.forEach((a) => a.removeAttribute("aria-current"));
  history.replaceState(null, "", "/");
  at("title").textContent = title;
  at("lead").textContent = "Your own chart, read in this browser and evaluated by this service; nothing of it is kept.";
  take(text);
}

function address() {
  if (!now.fixture) return new URL("/", location.href);
  const url = new URL("/", location.href);
  url.searchParams.set("fixture", now.fixture);
  if (at("as-of").value) url.searchParams.set("asOf", at("as-of").value);
  return url;
}

function fromAddress() {
  const asked = new URLSearchParams(location.search);
  if (asked.get("fixture")) load(asked.get("fixture"), /^\d{4}-\d\d-\d\d$/.test(asked.get("asOf") ?? "") ? asked.get("asOf") : "");
}

for (const link of examples) {
  link.addEventListener("click", async (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    await load(link.dataset.fixture);
    history.pushState(null, "", address());
    at("title").focus({ preventScroll: true });
    scrollTo({ top: 0 });
  });
}
at("filter")?.addEventListener("input", () => {
  const asked = at("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const link of examples) {
    const text = `${link.textContent} ${link.dataset.title}`.toLowerCase();
    link.parentElement.hidden = !asked.every((word) => text.includes(word));
  }
  for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector("li:not([hidden])");
});
at("ask").addEventListener("submit", (event) => { event.preventDefault(); if (now.fixture) history.replaceState(null, "", address()); evaluate(); });
at("as-of").addEventListener("change", () => { if (now.chart) at("ask").requestSubmit(); });
at("file").addEventListener("change", async () => { const [file] = at("file").files; if (file) bring(await file.text(), file.name); });
let typing;
at("pasted").addEventListener("input", () => {
  clearTimeout(typing);  // a browser may report one paste line by line
  typing = setTimeout(() => { if (at("pasted").value.trim()) bring(at("pasted").value, "Pasted Bundle"); }, 200);
});
addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("dropping"); });
addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dropping"); });
addEventListener("drop", async (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  const [file] = event.dataTransfer.files;
  if (file) bring(await file.text(), file.name);
  else if (event.dataTransfer.getData("text")) bring(event.dataTransfer.getData("text"), "Dropped Bundle");
});
at("share").addEventListener("click", () => (now.fixture ? copy(address().href, at("copied")) : (at("copied").textContent = "A link can name an example only, never your own chart.")));
addEventListener("popstate", fromAddress);
fill(at("service"), services.map((s) => el("option", { value: s.id }, s.id)));
at("service-field").hidden = services.length < 2;
fromAddress();
