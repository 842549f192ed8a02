// Cards as an EHR shows them; what the reader does with one goes to the service as feedback in the specification's form.
import { el, markdown, words } from "./dom.js";
import { showResource } from "./chart.js";

/** One card; `send(items)` posts feedback and says whether it was taken. */
export function cardOf(card, { send, takesFeedback, under }) {
  const says = el("p", { class: "said", role: "status" });
  const article = el("article", { class: `card ${card.indicator}`, "data-uuid": card.uuid },
    el("header", {}, el("span", { class: `chip ${card.indicator}` }, card.indicator), el("h3", {}, card.summary)),
    card.detail ? markdown(card.detail) : "",
    suggestions(card, { send, says, takesFeedback }),
    el("p", { class: "source" }, "Source: ", safeLink(card.source.url, card.source.label), card.source.topic ? el("span", { class: "quiet" }, ` ${words(card.source.topic.code)}`) : ""),
    links(card.links),
    dismissal(card, { send, says, takesFeedback }),
    says);
  return el("div", { class: "shown" }, article, under);
}

/** A link only where the address is one; any other text stays text. */
function safeLink(url, label) {
  return typeof url === "string" && /^https?:\/\//.test(url) ? el("a", { href: url, rel: "noreferrer" }, label) : label;
}

function links(found) {
  if (!found?.length) return "";
  return el("ul", { class: "links" }, found.map((link) => el("li", {}, safeLink(link.url, link.label), link.type === "smart" ? " (SMART app)" : "")));
}

function suggestions(card, { send, says, takesFeedback }) {
  if (!card.suggestions?.length) return "";
  const accepted = [];
  return el("ul", { class: "suggestions", "aria-label": "Suggestions" }, card.suggestions.map((suggestion) => {
    const button = el("button", { type: "button", class: "accept", disabled: !takesFeedback, "aria-label": `Accept: ${suggestion.label}`, onclick: async () => {
      const items = [...accepted, suggestion.uuid];
      button.disabled = true;
      const problem = await send([{ card: card.uuid, outcome: "accepted", acceptedSuggestions: items.map((id) => ({ id })), outcomeTimestamp: new Date().toISOString() }]);
      if (problem) { button.disabled = false; says.textContent = problem; return; }
      accepted.push(suggestion.uuid);
      button.textContent = "Accepted";
      button.classList.add("done");
      says.textContent = `Accepted: ${suggestion.label}. The feedback is recorded.`;
    } }, "Accept");
    return el("li", {}, button, el("span", {}, suggestion.label, suggestion.isRecommended ? el("span", { class: "chip recommended" }, "best next step") : "", " ", drafts(suggestion)));
  }));
}

function drafts(suggestion) {
  const found = (suggestion.actions ?? []).filter((action) => action.resource);
  return found.map((action) => el("button", { type: "button", class: "reference", onclick: () =>
    showResource({ find: () => action.resource }, `Draft ${action.resource.resourceType}`) }, `draft ${action.resource.resourceType}`));
}

function dismissal(card, { send, says, takesFeedback }) {
  if (!takesFeedback) return el("p", { class: "quiet" }, "Feedback from this page is not taken here: this site answers signed calls only.");
  const reasons = card.overrideReasons ?? [];
  const name = `reason-${card.uuid}`;
  const note = `comment-${card.uuid}`;
  const choice = el("select", { id: name }, reasons.map((reason, place) => el("option", { value: place }, reason.display)), el("option", { value: "" }, "No listed reason"));
  const comment = el("input", { id: note, type: "text", autocomplete: "off", maxlength: 500 });
  const form = el("form", { class: "dismiss", onsubmit: async (event) => {
    event.preventDefault();
    const reason = choice.value === "" ? undefined : reasons[Number(choice.value)];
    const override = { ...(reason ? { reason } : {}), ...(comment.value.trim() ? { userComment: comment.value.trim() } : {}) };
    const item = { card: card.uuid, outcome: "overridden", outcomeTimestamp: new Date().toISOString() };
    if (Object.keys(override).length) item.overrideReason = override;
    const problem = await send([item]);
    if (problem) { says.textContent = problem; return; }
    const article = form.closest("article");
    article.classList.add("dismissed");
    form.closest("details").open = false;
    says.textContent = `Dismissed${reason ? `: ${reason.display}` : ""}. The feedback is recorded.`;
    article.querySelector("details.away > summary").focus();
  } },
    el("p", { class: "field" }, el("label", { for: name }, "Reason"), choice),
    el("p", { class: "field" }, el("label", { for: note }, "Comment"), comment),
    el("p", { class: "field" }, el("button", { type: "submit" }, "Dismiss card")));
  return el("details", { class: "away" }, el("summary", {}, "Dismiss …"), form);
}
