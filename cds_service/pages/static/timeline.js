// The patient's time as a picture: pain with the windows and levels of the rules, and what happened, in rows below it.
// Drawn with d3; each thing shown stands in the table under the picture too, for who cannot see or point.
import { el, words } from "./dom.js";
import { references, showResource } from "./chart.js";

const PAIN = 176;
const ROW = 22;
const LETTER = 6.3;
const DAY = 86_400_000;
const time = (day) => new Date(`${day}T00:00:00Z`);

/** A figure of one episode. */
export function timeline(episode, chart, state) {
  const holder = el("div", { class: "picture" });
  const figure = el("figure", { class: "timeline" },
    el("figcaption", {}, el("h2", {}, episode.title), state), holder, legend(episode), table(episode, chart));
  const observer = new ResizeObserver(() => {
    const width = Math.floor(holder.clientWidth);
    if (width > 0 && Number(holder.dataset.width) !== width) {
      holder.dataset.width = width;
      holder.replaceChildren(draw(episode, chart, width));
    }
  });
  observer.observe(holder);
  return figure;
}

function draw(episode, chart, width) {
  const d3 = globalThis.d3;
  const left = width < 560 ? 84 : 176;
  const x = d3.scaleUtc(domain(episode), [left, width - 14]);
  const svg = d3.create("svg").attr("viewBox", `0 0 ${width} 10`).attr("width", width).attr("role", "img").attr("aria-label", spoken(episode));
  const heads = stack(shown(episode.windows, x, width), 4);
  const injections = stack(marks(episode, (e) => e.kind === "injection", x, width), 6);
  let top = 8;
  const lines = svg.append("g");
  top = row(svg, "Injections", injections, top, chart, left);
  const painTop = top + 8 + rowsOf(heads) * 15;
  const y = d3.scaleLinear([episode.scale.low, episode.scale.high], [painTop + PAIN, painTop + 4]);
  const painted = episode.events.some((e) => e.kind === "score");
  windows(svg, heads, top + 8, painTop, y);
  if (painted) levels(svg, episode, x, y, width);
  axis(svg, y, left, width, episode.scale.label);
  if (painted) pain(svg, episode, x, y, chart);
  else svg.append("text").attr("class", "soft").attr("x", (left + width) / 2).attr("y", painTop + PAIN / 2).attr("text-anchor", "middle").text("No pain score of this site is recorded.");
  top = painTop + PAIN + 8;
  const measures = [...new Set(episode.events.filter((e) => e.kind === "measure").map((e) => e.label))];
  for (const label of measures) {
    top = row(svg, label, stack(marks(episode, (e) => e.kind === "measure" && e.label === label, x, width), 6), top, chart, left);
  }
  for (const lane of episode.lanes) {
    const found = stack(marks(episode, (e) => e.lane === lane, x, width), 6);
    if (found.length) top = row(svg, lane, found, top, chart, left);
  }
  for (const injection of injections) {
    lines.append("line").attr("class", injection.index ? "needle index" : "needle").attr("x1", injection.start).attr("x2", injection.start).attr("y1", 8).attr("y2", top);
  }
  lines.append("line").attr("class", "today").attr("x1", x(time(episode.asOf))).attr("x2", x(time(episode.asOf))).attr("y1", 8).attr("y2", top);
  dates(svg, x, top, width, episode);
  return svg.attr("viewBox", `0 0 ${width} ${top + 36}`).attr("height", top + 36).node();
}

/** From well before the first injection or score to the end of the window that judges; what lies before is held at the edge. */
function domain(episode) {
  const own = episode.events.filter((e) => e.kind === "injection" || e.kind === "score" || e.kind === "measure").map((e) => time(e.date));
  const judged = episode.windows.find((w) => w.id === "judged");
  const baseline = episode.windows.find((w) => w.id === "baseline");
  const first = Math.min(...own, baseline ? time(baseline.from) : Infinity, time(episode.asOf) - 60 * DAY);
  const last = Math.max(...own, judged ? time(judged.to) : -Infinity, time(episode.asOf), ...episode.events.filter((e) => e.state === "booked").map((e) => time(e.date)));
  const margin = (last - first) * 0.03;
  return [new Date(first - margin), new Date(last + margin * 2)];
}

function marks(episode, chosen, x, width) {
  const [low] = x.range();
  return episode.events.filter(chosen).map((event) => {
    const at = x(time(event.date));
    const early = at < low;
    const said = event.kind === "measure" ? `${event.value}` : event.state ? `${event.label} (${event.state})` : event.label;
    const text = early ? `${said}, ${event.date}` : said;
    const start = Math.max(at, low + 3);
    return { ...event, text, early, start, end: event.until ? Math.min(Math.max(x(time(event.until)), start), width - 14) : null, wide: text.length * LETTER + 14, width };
  });
}

/** Give each item the first row on which nothing that stands there already reaches it; long words near the right edge go left. */
function stack(items, gap) {
  const ends = [];
  for (const item of [...items].sort((a, b) => a.start - b.start)) {
    item.leftward = item.width !== undefined && item.start + item.wide > item.width;
    const from = item.leftward ? item.start - item.wide : item.start;
    let rowNumber = ends.findIndex((end) => end + gap <= from);
    if (rowNumber < 0) rowNumber = ends.push(0) - 1;
    ends[rowNumber] = Math.max(item.leftward ? item.start + 8 : item.start + item.wide, item.end ?? 0);
    item.row = rowNumber;
  }
  return items;
}

const rowsOf = (items) => items.reduce((most, item) => Math.max(most, item.row + 1), 0);

function row(svg, label, items, top, chart, left) {
  const height = Math.max(1, rowsOf(items)) * ROW;
  const lane = svg.append("g").attr("class", "lane");
  lane.append("line").attr("class", "rule").attr("x1", 0).attr("x2", items[0]?.width ?? left).attr("y1", top + height + 2).attr("y2", top + height + 2);
  const short = left < 100 && label.length > 12 ? `${label.split(" ")[0]} …` : label;
  lane.append("text").attr("class", "name").attr("x", 0).attr("y", top + 15).text(short).append("title").text(label);
  for (const item of items) {
    const mark = lane.append("g").attr("class", `mark ${item.kind} ${item.indicator ?? ""} ${item.state ?? ""}`).attr("transform", `translate(${item.start},${top + item.row * ROW + 11})`);
    if (item.end !== null && item.end !== undefined) mark.append("line").attr("class", "span").attr("x2", item.end - item.start);
    mark.append("path").attr("d", shape(item));
    mark.append("text").attr("x", item.leftward ? -10 : 10).attr("y", 4).attr("text-anchor", item.leftward ? "end" : "start").text(item.text);
    pointed(mark, item, chart);
  }
  return top + height + 4;
}

function shape(item) {
  if (item.early) return "M-4 0L3 -5V5Z";
  if (item.kind === "injection") return "M-6 -5H6L0 6Z";
  if (item.kind === "finding") return "M0 -6L6 5H-6Z";
  if (item.kind === "measure") return "M-4 -4H4V4H-4Z";
  return "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0";
}

function pointed(mark, event, chart) {
  mark.append("title").text(`${event.date}: ${event.text ?? event.label}\n${(event.references ?? []).join(", ")}`);
  if (event.references?.length) mark.on("click", () => showResource(chart, event.references[0]));
}

/** The windows that lie in the picture, cut to it. */
function shown(windows, x, width) {
  const [low, high] = x.range();
  return windows
    .map((w) => ({ ...w, start: Math.max(x(time(w.from)), low), to: Math.min(x(time(w.to)), high), until: w.to, wide: w.label.length * LETTER, width: high }))
    .filter((w) => w.to - w.start > 12);
}

function windows(svg, heads, labelTop, painTop, y) {
  for (const window of heads) {
    const { start: from, to: till } = window;
    const part = svg.append("g").attr("class", `window ${window.id}`);
    part.append("rect").attr("x", from).attr("width", till - from).attr("y", painTop).attr("height", y.range()[0] - painTop);
    part.append("line").attr("class", "bar").attr("x1", from + 1).attr("x2", till - 1).attr("y1", painTop - 1).attr("y2", painTop - 1);
    part.append("text").attr("x", window.leftward ? till : from + 2).attr("text-anchor", window.leftward ? "end" : "start").attr("y", labelTop + 10 + window.row * 15).text(window.label);
    part.append("title").text(`${window.label}: ${window.from} to ${window.until}. ${window.says}`);
  }
}

function levels(svg, episode, x, y, width) {
  const baseline = episode.windows.find((w) => w.id === "baseline");
  const from = Math.max(x.range()[0], baseline ? x(time(baseline.from)) : 0);
  for (const level of episode.levels.filter((l) => l.value >= episode.scale.low && l.value <= episode.scale.high)) {
    const under = level.side === "below" || y(level.value) < y.range()[1] + 14;
    const part = svg.append("g").attr("class", `level ${level.side}`);
    part.append("line").attr("x1", from).attr("x2", width - 14).attr("y1", y(level.value)).attr("y2", y(level.value));
    part.append("text").attr("x", width - 16).attr("y", y(level.value) + (under ? 13 : -4)).attr("text-anchor", "end").text(`${level.label} ${level.side === "below" ? "≤" : "≥"} ${level.value}`);
  }
}

function axis(svg, y, left, width, label) {
  const part = svg.append("g").attr("class", "axis");
  part.append("text").attr("class", "name").attr("x", 0).attr("y", y.range()[1] + 12).text(left < 100 ? label.split(",")[0] : label);
  for (const tick of y.ticks(5)) {
    part.append("line").attr("x1", left).attr("x2", width - 14).attr("y1", y(tick)).attr("y2", y(tick));
    part.append("text").attr("x", left - 8).attr("y", y(tick) + 4).attr("text-anchor", "end").text(tick);
  }
}

function pain(svg, episode, x, y, chart) {
  const scores = episode.events.filter((e) => e.kind === "score");
  const line = globalThis.d3.line((e) => x(time(e.date)), (e) => y(e.value));
  svg.append("path").attr("class", "painline").attr("d", line(scores));
  for (const score of scores) {
    const mark = svg.append("g").attr("class", `mark score ${score.assumed ? "assumed" : ""}`).attr("transform", `translate(${x(time(score.date))},${y(score.value)})`);
    mark.append("circle").attr("r", 5);
    mark.append("text").attr("x", 0).attr("y", score.value >= 9 ? 18 : -10).attr("text-anchor", "middle").text(score.value);
    pointed(mark, { ...score, text: `pain ${score.value}` }, chart);
  }
}

function dates(svg, x, top, width, episode) {
  const format = globalThis.d3.utcFormat("%b %Y");
  const part = svg.append("g").attr("class", "axis");
  const months = x.ticks(globalThis.d3.utcMonth.every(Math.max(1, Math.ceil(((x.domain()[1] - x.domain()[0]) / DAY / 30) / ((width - x.range()[0]) / 74)))));
  for (const month of months) {
    part.append("line").attr("x1", x(month)).attr("x2", x(month)).attr("y1", top).attr("y2", top + 5);
    part.append("text").attr("x", x(month)).attr("y", top + 18).attr("text-anchor", x(month) > width - 34 ? "end" : "middle").text(format(month));
  }
  const now = x(time(episode.asOf));
  part.append("text").attr("class", "now").attr("x", now).attr("y", top + 32).attr("text-anchor", now > width - 60 ? "end" : "middle").text(`as of ${episode.asOf}`);
}

function spoken(episode) {
  const scores = episode.events.filter((e) => e.kind === "score").map((e) => `${e.value} on ${e.date}`);
  const injections = episode.events.filter((e) => e.kind === "injection").map((e) => `${e.label} on ${e.date}`);
  return `Timeline of the ${episode.title}. Injections: ${injections.join("; ") || "none"}. Pain scores: ${scores.join("; ") || "none"}. All of it is in the table below.`;
}

function legend(episode) {
  if (!episode.windows.length && !episode.levels.length) return "";
  const link = (names) => (names ?? []).map((name) => [" ", el("a", { href: `/knowledge#${name}` }, words(name))]);
  return el("details", { class: "small" }, el("summary", {}, "Windows and levels that the rules use"),
    el("ul", {},
      episode.windows.map((w) => el("li", {}, el("strong", {}, w.label), ` ${w.from} to ${w.to}. ${w.says}`, link(w.thresholds))),
      episode.levels.map((l) => el("li", {}, el("strong", {}, l.label), ` ${l.side === "below" ? "at or below" : "at or above"} ${l.value}.`, link(l.thresholds)))));
}

function table(episode, chart) {
  const rows = episode.events.map((e) =>
    el("tr", {}, el("th", { scope: "row" }, e.date), el("td", {}, e.lane ?? words(e.kind)),
      el("td", {}, e.label + (e.value !== undefined ? `: ${e.value}` : "") + (e.state ? ` (${e.state})` : "") + (e.assumed ? " (site assumed)" : "")),
      el("td", {}, references(chart, e.references))));
  return el("details", { class: "small" }, el("summary", {}, `Timeline as a table (${rows.length})`),
    el("div", { class: "wide", tabindex: "0" }, el("table", {}, el("thead", {}, el("tr", {}, ["Date", "What", "Recorded", "Resource"].map((h) => el("th", { scope: "col" }, h)))), el("tbody", {}, rows))));
}
