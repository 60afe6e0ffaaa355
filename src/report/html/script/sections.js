// The sections that are lists of their own: what comes first, results of checks, and what is allowed.

const MOST_FIRST = 12;
const findingLink = (row, ...children) => link(`#finding=${row.id}`, ...children);

/** The findings with which to begin: live ones that nobody surely owns, or else the most urgent. */
function showFirst(section) {
  const unsure = counted.filter((row) => row.attribution && !row.attribution.owner_is_sure);
  const isLive = (row) => row.finding.validity === "active";
  const choices = ownership
    ? [[unsure.filter(isLive), "live finding", { owner: NOBODY, validity: "active" }],
      [unsure.filter((row) => row.finding.validity !== "inactive"), "finding that may be live", { owner: NOBODY }]]
    : [[counted.filter(isLive), "live finding", { validity: "active" }],
      [counted.filter((row) => row.finding.validity !== "inactive"), "finding that may be live", {}]];
  const [chosen, word, filters] = choices.find(([list]) => list.length > 0) ?? [[], "", {}];
  const content = section.querySelector(".content");
  if (chosen.length === 0) {
    content.append(el("p", { class: "card note good" }, ownership ? "Every finding that may be live has a sure owner." : "Nothing here is known to be live."));
    return;
  }
  const what = count(chosen.length, word, word.replace("finding", "findings"));
  content.append(el("p", { class: "lead" }, ownership ? `${what}. Find out whose ${chosen.length === 1 ? "it" : "each"} is before anything else: until then nobody will revoke it.` : `${what}, the most urgent first.`),
    el("ul", { class: "cards" }, chosen.slice(0, MOST_FIRST).map(firstCard)));
  if (chosen.length > MOST_FIRST) content.append(el("p", null, link(`#${hashOf({ ...DEFAULTS, ...filters })}`, `All ${number.format(chosen.length)} of them`)));
}

function firstCard(row) {
  const { finding, attribution } = row;
  return el("li", { class: `card edge ${finding.severity}` },
    el("p", { class: "badges" }, badge("severity", finding.severity), badge("validity", finding.validity, live(finding.validity)), attribution ? badge("tier", attribution.tier) : null),
    el("h3", null, findingLink(row, finding.name)),
    el("p", null, code(finding.secret)),
    el("p", { class: "soft" }, path(row.where), finding.places.length > 1 ? ` and ${count(finding.places.length - 1, "more place")}` : null),
    attribution ? el("p", null, why(attribution)) : null,
    attribution?.exposure_owner ? el("p", { class: "soft" }, `The place is ${attribution.exposure_owner.who.join(", ")}'s (${attribution.exposure_owner.by}).`) : null);
}

/** Why nobody surely owns it, in a sentence. */
function why(attribution) {
  const { tier, integration, alternatives, score, owner } = attribution;
  const others = alternatives.map((one) => `${one.integration} (${one.score})`);
  if (tier === "contested") return `Contested between ${others.join(" and ")}.`;
  if (tier === "unattributed") return others.length > 0 ? `Nothing but traces: ${others.join(", ")}.` : "Nothing speaks for anybody.";
  if (tier === "weak") return `A hint only: ${integration} of ${owner} (${score}).`;
  return `It is ${integration}'s, of which nobody is the owner.`;
}

/** One result of a check. */
function result(one, isInFinding) {
  const row = one.finding ? byId.get(one.finding) : null;
  const state = one.waived ? badge("outcome", "waived") : one.outcome === "violated" ? badge("severity", one.severity) : badge("outcome", one.outcome);
  return el("li", null, state, " ", isInFinding ? [link(`#check-${one.check}`, one.check), " "] : null, one.message,
    one.waived ? el("span", { class: "soft" }, ` (${one.waived})`) : null,
    row && !isInFinding ? el("span", { class: "controls" }, " ", findingLink(row, "Show the finding")) : null,
    isInFinding && one.supports.length > 0 ? el("span", { class: "soft" }, ` ${one.supports.join(", ")}`) : null);
}

/** Fills the cards of the checks when they are opened. */
function showChecks() {
  const byCheck = Map.groupBy(ownership?.checks ?? [], (one) => one.check);
  const rank = (one) => (one.waived ? 2 : one.outcome === "violated" ? 0 : 1);
  for (const card of document.querySelectorAll("details.check")) {
    const list = card.querySelector(".results");
    const results = (byCheck.get(card.dataset.check) ?? []).toSorted((a, b) => rank(a) - rank(b));
    let rest = null;
    const make = () => {
      if (rest) return;
      rest = pieces(results, () => list, (one) => result(one, false), PIECE);
      rest.more.classList.add("controls");
      list.after(rest.more);
    };
    card.addEventListener("toggle", make);
    expanders.push(() => { make(); rest.all(); });
    const about = results.filter((one) => one.finding).length;
    if (about > 0) list.before(el("p", { class: "controls" }, link(`#check=${card.dataset.check}`, "Filter the findings by this check")));
  }
}

/** What is waived, and what is suppressed. */
function showAllowed(section) {
  const content = section.querySelector(".content");
  const waived = (ownership?.checks ?? []).filter((one) => one.waived);
  const suppressed = rows.filter((row) => row.finding.suppressed);
  const inPart = counted.filter((row) => row.finding.places.some((place) => place.suppressed));
  if (waived.length + suppressed.length + inPart.length === 0) {
    content.append(el("p", { class: "card note" }, "Nothing is waived, and nothing is suppressed."));
    return;
  }
  const list = (title, items, make) => {
    if (items.length === 0) return;
    const body = el("ul", { class: "results" });
    const rest = pieces(items, () => body, make, PIECE);
    rest.more.classList.add("controls");
    expanders.push(rest.all);
    content.append(el("div", { class: "card" }, el("h3", null, `${title} (${number.format(items.length)})`), body, rest.more));
  };
  list("Waived results of checks", waived, (one) => result(one, false));
  const line = (row, by) => el("li", null, badge("severity", row.finding.severity), " ", findingLink(row, row.finding.name), " ", path(row.where), by ? el("span", { class: "soft" }, ` ${suppression(by)}`) : null);
  list("Suppressed findings", suppressed, (row) => line(row, row.finding.suppressed));
  list("Findings that are suppressed in some places only", inPart, (row) => line(row, row.finding.places.find((place) => place.suppressed).suppressed));
}
