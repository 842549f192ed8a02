// Why a card is there: each cause with its state and evidence, what is missing, and where each option stands.
import { el, words } from "./dom.js";
import { references } from "./chart.js";

const STATES = ["supported", "possible", "not-supported", "not-assessable"];
const STATUSES = ["suggested", "already-ordered", "already-done", "mentioned", "not-eligible"];
const WEIGHTS = { 1: "weak", 2: "moderate", 3: "strong" };

/** The reasoning of one episode. */
export function reasoning(episode, chart, names, { open = false } = {}) {
  const count = (state) => episode.causes.filter((c) => c.state === state).length;
  const said = STATES.map((state) => `${count(state)} ${words(state)}`).join(", ");
  return el("details", { class: "reasoning", open },
    el("summary", {}, "Reasoning", el("span", { class: "quiet" }, ` ${said}`)),
    response(episode.response, chart),
    el("h4", {}, "Reasons that were weighed"),
    STATES.map((state) => causes(state, episode.causes.filter((c) => c.state === state), chart, names)),
    findings(episode.findings, chart),
    el("h4", {}, "Options"),
    STATUSES.map((status) => steps(status, (episode.nextSteps ?? []).filter((s) => s.status === status), chart, names)));
}

/** A short word for the class of the response. */
export function responseChip(response) {
  if (!response) return "";
  return el("span", { class: `chip response ${response.class}` }, words(response.class) + (response.reason ? ` (${words(response.reason)})` : ""));
}

function response(found, chart) {
  if (!found) return "";
  const scores = ["baseline", "best", "latest"].filter((name) => found[name]).map((name) =>
    el("li", {}, `${name}: ${found[name].value} on ${found[name].date} `, references(chart, [found[name].reference])));
  const signals = (found.surrogates ?? []).map((s) => el("li", {}, `${s.says} (${s.weight}) `, references(chart, s.references)));
  return [
    el("h4", {}, "Did it work?"),
    el("p", {}, responseChip(found), ` confidence ${found.confidence}`, found.worsened ? ", worse than before" : "",
      found.censored ? `. Watched until ${found.censored.date}: ${found.censored.by}.` : "."),
    scores.length || signals.length ? el("ul", {}, scores, signals) : "",
    (found.notes ?? []).map((note) => el("p", { class: "quiet" }, note)),
  ];
}

function causes(state, members, chart, names) {
  if (!members.length) return "";
  return el("ul", { class: "causes" }, members.map((cause) =>
    el("li", { class: `cause ${state}` },
      el("p", { class: "head" }, el("span", { class: `chip ${state}` }, words(state)),
        el("a", { href: `/knowledge#${cause.id}` }, names[cause.id] ?? words(cause.id)),
        cause.strength ? el("span", { class: "quiet" }, ` evidence ${cause.strength}`) : ""),
      cause.evidence.length ? el("ul", { class: "evidence" }, cause.evidence.map((row) => evidence(row, chart))) : "",
      cause.missing.length ? el("p", { class: "missing" }, el("strong", {}, "Would settle it: "), cause.missing.join("; "), ".") : "")));
}

function evidence(row, chart) {
  const side = row.weight > 0 ? "for" : "against";
  return el("li", { class: side },
    el("a", { class: "key", href: `/knowledge#${row.id}` }, row.id),
    el("span", { class: "weight" }, `${WEIGHTS[Math.abs(row.weight)] ?? row.weight} ${side}`),
    el("span", { class: "says" }, row.says, " ", references(chart, row.references), cites(row.cites)));
}

function cites(keys) {
  if (!keys?.length) return "";
  return el("span", { class: "cites" }, keys.map((key) => el("a", { href: `/knowledge#${key}` }, key)));
}

function findings(found, chart) {
  if (!found?.length) return "";
  return [
    el("h4", {}, "Red flags and warnings"),
    el("ul", { class: "causes" }, found.map((f) => el("li", { class: "cause flag" },
      el("p", { class: "head" }, el("a", { href: `/knowledge#${f.kind}` }, words(f.kind)), " ", el("a", { class: "key", href: `/knowledge#${f.rule}` }, f.rule)),
      el("p", {}, f.facts.join("; "), " ", references(chart, f.references))))),
  ];
}

function steps(status, members, chart, names) {
  if (!members.length) return "";
  return el("details", { class: "steps", open: status !== "not-eligible" && status !== "mentioned" },
    el("summary", {}, el("span", { class: `chip step ${status}` }, words(status)), ` ${members.length}`),
    el("ul", {}, members.map((step) => el("li", {},
      el("a", { href: `/knowledge#${step.id}` }, names[step.id] ?? words(step.id)),
      step.rung ? el("a", { class: "key", href: `/knowledge#${step.rung}` }, step.rung) : "",
      step.says ? ` ${step.says} ` : " ",
      step.caveat ? el("em", {}, `${step.caveat} `) : "",
      references(chart, step.references)))));
}
