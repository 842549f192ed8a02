// The Bundle that was posted, in this browser only: each resource by the reference that an answer names it with.
import { el } from "./dom.js";

/** Read a Bundle or a list of resources; throws what JSON.parse throws. */
export function readChart(text) {
  const whole = JSON.parse(text);
  const entries = Array.isArray(whole) ? whole.map((resource) => ({ resource })) : whole?.entry ?? [];
  const byReference = new Map();
  const resources = [];
  for (const entry of Array.isArray(entries) ? entries : []) {
    const resource = entry?.resource;
    if (!resource || typeof resource.resourceType !== "string") continue;
    resources.push(resource);
    const url = typeof entry.fullUrl === "string" ? entry.fullUrl : "";
    const id = resource.id ?? (url.startsWith("urn:uuid:") ? url.slice(9) : null);
    if (id !== null && !byReference.has(`${resource.resourceType}/${id}`)) byReference.set(`${resource.resourceType}/${id}`, resource);
  }
  return { text, whole, resources, find: (reference) => byReference.get(reference) };
}

/** The chart as the prefetch of a CDS Hooks call: each resource under the first key that asks for its type. */
export function prefetchOf(chart, templates, patientId) {
  const left = new Set(chart.resources);
  const found = {};
  for (const [key, query] of Object.entries(templates)) {
    const type = query.split(/[/?]/)[0];
    const mine = [...left].filter((resource) => resource.resourceType === type);
    if (!query.includes("?")) {
      const one = mine.find((resource) => resource.id === patientId) ?? mine[0];
      if (one) { found[key] = one; left.delete(one); }
      continue;
    }
    mine.forEach((resource) => left.delete(resource));
    found[key] = { resourceType: "Bundle", type: "searchset", total: mine.length, entry: mine.map((resource) => ({ resource })) };
  }
  return found;
}

const dialog = document.getElementById("resource");
const title = document.getElementById("resource-title");
const body = document.getElementById("resource-text");
document.getElementById("resource-close")?.addEventListener("click", () => dialog.close());
dialog?.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

/** Show the resource behind a reference. */
export function showResource(chart, reference) {
  title.textContent = reference;
  const resource = chart.find(reference);
  body.textContent = resource ? JSON.stringify(resource, null, 2) : "The Bundle holds no resource of this name.";
  dialog.showModal();
}

/** A button for each reference, which shows its resource. */
export function references(chart, names) {
  return (names ?? []).map((name) =>
    el("button", { type: "button", class: "reference", onclick: () => showResource(chart, name) }, name));
}
