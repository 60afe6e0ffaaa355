// All that is known of one finding.

/** Numbers that add up, as "a 1, b 2". */
const sum = (parts) => parts.map(([name, points]) => `${words(name)} ${points > 0 ? "+" : ""}${points}`).join(", ");

function detail(row) {
  const { finding, attribution } = row;
  return el("div", { class: "detail-body" },
    el("div", { class: "columns" },
      el("div", null, el("h3", null, "The credential"), facts(finding)),
      attribution ? el("div", null, el("h3", null, "Whose it is"), whose(row), evidence(attribution)) : null),
    el("h3", null, `Where it stands (${number.format(finding.places.length)})`),
    places(finding),
    row.results.length > 0 ? [el("h3", null, "What the checks say"), el("ul", { class: "results" }, row.results.map((one) => result(one, true)))] : null,
    el("p", { class: "controls" }, link(`#finding=${encodeURIComponent(row.id).replaceAll("%3A", ":")}`, "Link to this finding")));
}

function facts(finding) {
  const said = Object.entries(finding.identity ?? {}).map(([name, value]) =>
    [el("span", null, `${words(name)} `), typeof value === "string" ? value : [code(value.value), el("span", { class: "soft" }, value.by === "provider" ? " (its provider says)" : " (it says itself)")], el("br")]);
  return el("dl", { class: "pairs" },
    pair("secret", code(finding.secret)),
    pair("fingerprint", code(finding.fingerprint), finding.fingerprint_lasts ? null : el("span", { class: "soft" }, " (of this run only)")),
    pair("pattern", code(finding.pattern)),
    pair("confidence", finding.confidence, finding.reasons.length > 0 ? `: ${finding.reasons.join("; ")}` : null),
    pair("validity", badge("validity", finding.validity, live(finding.validity)), finding.validity_why ? ` ${finding.validity_why}` : null),
    pair("asked by", finding.verifier, finding.checked_at ? ` at ${finding.checked_at}` : null),
    pair("bait", finding.canary ? "a canary: it was never tried" : null),
    pair("identity", said),
    pair("scopes", finding.scopes ? (finding.scopes.length > 0 ? finding.scopes.map((scope) => [el("span", { class: "tag" }, scope), " "]) : "none") : null),
    pair("made", finding.created_at),
    pair("last used", finding.last_used_at),
    pair("ends", finding.expires_at),
    pair("exposed", finding.exposed_since ? `since ${finding.exposed_since} or earlier: at least ${count(finding.exposed_days_at_least, "day")}` : null),
    pair("suppressed", finding.suppressed ? suppression(finding.suppressed) : null));
}

const suppression = (by) => `by ${by.by}${by.expires ? ` until ${by.expires}` : ""}${by.reason ? `: ${by.reason}` : ""}`;

function whose({ finding, attribution }) {
  const resolved = attribution.owners.map((owner) => [
    owner.id ?? "nobody", el("span", { class: "soft" }, ` (by ${owner.by}${owner.left.length > 0 ? `; ${owner.left.join(", ")} left` : ""})`), el("br")]);
  return el("dl", { class: "pairs" },
    pair("attribution", badge("tier", attribution.tier), ` ${attribution.score} of 100`, attribution.conflict ? "; something known is not as declared" : null),
    pair("integration", attribution.integration ? code(attribution.integration) : null),
    pair("credential", attribution.credential ? code(attribution.credential) : null),
    pair(attribution.tier === "contested" ? "owners, contested" : "owner", resolved.length > 0 ? resolved : "nobody"),
    pair("shared by", attribution.shared_by?.join(", ")),
    pair("cleaned up by", attribution.exposure_owner ? `${attribution.exposure_owner.who.join(", ")} (${attribution.exposure_owner.by})` : null),
    pair("environments", (finding.environments ?? []).join(", ")),
    pair("priority", finding.priority ? [el("strong", null, finding.priority.score), ` = ${sum(finding.priority.parts)}`] : null));
}

/** What speaks for and against an attribution, and who else it may be. */
function evidence(attribution) {
  const line = (one, is_for) => el("tr", null,
    el("td", null, is_for ? "for" : "against"),
    el("td", null, one.class && !one.id.startsWith(one.class) ? `${one.class} ${words(one.id)}` : words(one.id)),
    el("td", { class: "number" }, one.pts > 0 ? `+${one.pts}` : one.pts),
    el("td", null, one.note, one.as_of ? el("span", { class: "soft" }, ` as of ${one.as_of.slice(0, 10)}`) : null));
  const lines = [...attribution.evidence.map((one) => line(one, true)), ...attribution.against.map((one) => line(one, false))];
  const others = attribution.alternatives.map((one) => el("li", null, code(one.integration), ` ${one.score}`,
    one.missing.length > 0 ? el("span", { class: "soft" }, `, lacks ${one.missing.map(words).join(", ")}`) : null));
  return [
    lines.length > 0
      ? el("table", { class: "evidence" }, el("caption", null, "Evidence"),
        el("thead", null, el("tr", null, ["Speaks", "Kind", "Points", "What"].map((head) => el("th", { scope: "col" }, head)))),
        el("tbody", null, lines))
      : el("p", { class: "soft" }, "Nothing speaks for anybody."),
    others.length > 0 ? [el("p", { class: "label" }, attribution.tier === "contested" ? "It may be of" : "It may also be of"), el("ul", null, others)] : null,
  ];
}

const MOST_PLACES = 20;

function places(finding) {
  const body = el("tbody");
  const list = pieces(finding.places, () => body, placeRow, MOST_PLACES);
  const table = el("table", { class: "places" }, el("caption", { class: "unseen" }, "Places"),
    el("thead", null, el("tr", null, ["Place", "First commit", "Last commit"].map((head) => el("th", { scope: "col" }, head)))), body);
  expanders.push(list.all);
  return [table, list.more];
}

function placeRow(place) {
  const notes = [words(place.kind), place.encodings ? `in ${place.encodings.join(" in ")}` : null,
    place.versions > 1 ? count(place.versions, "version") : null].filter(Boolean).join(", ");
  const refs = place.refs ? place.refs.map((name) => name.replace(/^refs\/(heads\/|remotes\/)?/, "")) : [];
  const more = place.refs_not_listed > 0 ? ` and ${number.format(place.refs_not_listed)} more` : "";
  return el("tr", null,
    el("td", { "data-label": "Place" }, path(whereOf(place)), el("br"), el("span", { class: "soft" }, notes, refs.length > 0 ? `; on ${refs.join(", ")}${more}` : null),
      place.suppressed ? [el("br"), el("span", { class: "soft" }, `suppressed ${suppression(place.suppressed)}`)] : null),
    el("td", { "data-label": "First commit" }, commit(place)),
    el("td", { "data-label": "Last commit" }, place.last ? (place.at_head ? "still at HEAD" : commit(place.last)) : null));
}

function commit(one) {
  if (!one.commit) return null;
  return [el("span", { class: "nowrap" }, code(one.commit.slice(0, 10)), ` ${one.date.slice(0, 10)}`), el("br"), el("span", { class: "soft" }, one.author, el("br"), one.subject)];
}
