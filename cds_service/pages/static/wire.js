// Request and answer as text to take along: JSON, and curl to repeat it.
import { copy } from "./dom.js";
import { prefetchOf } from "./chart.js";

const select = document.getElementById("view");
const text = document.getElementById("wire");
const copied = document.getElementById("copied");
let views = new Map();

/** Offer what was asked and answered in its several forms. */
export function wireViews(now, { services, asOf }) {
  const service = services();
  const base = document.body.dataset.base;
  const hooks = `${base}/cds-services/${service.id}`;
  const request = () => JSON.stringify(hookRequest(now, service), null, 2);
  views = new Map([
    ["Answer, JSON", () => JSON.stringify(now.answer, null, 2)],
    ["CDS Hooks request, JSON", request],
    ["CDS Hooks request, curl", () => curl(hooks, request())],
    ["Playground request, curl", () => playgroundCurl(now, `${base}/playground/evaluate${asOf ? `?asOf=${asOf}` : ""}`)],
    ["Bundle, JSON", () => JSON.stringify(now.chart.whole, null, 2)],
  ]);
  if (now.feedback) {
    views.set("Last feedback, JSON", () => JSON.stringify(now.feedback, null, 2));
    views.set("Last feedback, curl", () => curl(`${hooks}/feedback`, JSON.stringify(now.feedback, null, 2)));
  }
  const before = select.value;
  select.replaceChildren(...[...views.keys()].map((name) => new Option(name, name)));
  if (views.has(before)) select.value = before;
  show();
}

function hookRequest(now, service) {
  return {
    hook: service.hook,
    hookInstance: crypto.randomUUID?.() ?? "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    context: { userId: "Practitioner/example", patientId: now.patientId },
    prefetch: prefetchOf(now.chart, service.prefetch, now.patientId),
    extension: { "org.steroid-injection-followup.explain": true },
  };
}

function playgroundCurl(now, url) {
  if (!now.fixture) return curl(url, now.chart.text);
  return `curl -sS '${url}' \\\n  -H 'Content-Type: application/json' \\\n  --data-binary @fhir_fixtures/${now.fixture}/chart.json`;
}

/** A here-document whose end stands in no line of the body. */
function curl(url, body) {
  let end = "JSON";
  while (body.split("\n").includes(end)) end += "_";
  return `curl -sS '${url}' \\\n  -H 'Content-Type: application/json' \\\n  --data-binary @- <<'${end}'\n${body}\n${end}`;
}

function show() {
  text.textContent = views.get(select.value)?.() ?? "";
  copied.textContent = "";
}

select?.addEventListener("change", show);
document.getElementById("copy")?.addEventListener("click", () => copy(text.textContent, copied));
