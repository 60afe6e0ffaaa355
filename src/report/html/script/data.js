// The embedded report, and what filters and sorting need to know of each finding.

const data = JSON.parse(document.getElementById("data").textContent);
const ownership = data.summary.ownership ?? null;
const SEVERITIES = ["critical", "high", "medium", "low"];
const VALIDITIES = ["active", "unknown", "not_checked", "inactive"];
const TIERS = ["unattributed", "contested", "weak", "probable", "strong", "confirmed"];
const NOBODY = "no sure owner";
const DAY = 86_400_000;

/** What a validity is called. */
const live = (validity) => (validity === "active" ? "live" : words(validity));

/** Results of checks by the finding that they are about. */
const checksOf = new Map();
for (const one of ownership?.checks ?? []) {
  if (one.finding) checksOf.set(one.finding, [...(checksOf.get(one.finding) ?? []), one]);
}

/** Where a place is, as text. */
function whereOf(place) {
  const target = ["", ".", place.path].includes(place.target) ? "" : `${place.target.replace(/\/+$/, "")}/`;
  const path = place.path ?? (place.object ? `object ${place.object.slice(0, 10)}` : words(place.kind));
  const inside = place.inside ? `!${place.inside}` : "";
  return `${place.path ? target : ""}${path}${inside}:${place.line}:${place.column}`;
}

/** From when to when a finding is in history; null: it is not. An end of null: it is still there. */
function spanOf(finding) {
  if (!finding.exposed_since) return null;
  const from = Date.parse(finding.exposed_since);
  const stays = (place) => ["working_tree", "staged", "file_name", "config"].includes(place.kind) || place.at_head;
  const ends = finding.places.map((place) => Date.parse((place.last ?? place).date)).filter(Number.isFinite);
  const end = finding.places.some(stays) ? null : Math.max(from, ...ends);
  return { from, end };
}

function rowOf(finding, index) {
  const attribution = finding.attribution ?? null;
  const owners = [...new Set((attribution?.owners ?? []).map((owner) => owner.id).filter(Boolean))];
  const results = checksOf.get(finding.fingerprint) ?? [];
  const where = whereOf(finding.places[0]);
  return {
    finding,
    index,
    attribution,
    results,
    where,
    id: finding.fingerprint,
    severity: SEVERITIES.indexOf(finding.severity),
    validity: VALIDITIES.indexOf(finding.validity),
    owner: attribution ? attribution.owner : "",
    days: finding.exposed_days_at_least ?? -1,
    priority: finding.priority?.score ?? -1,
    span: spanOf(finding),
    facets: {
      severity: [finding.severity],
      validity: [finding.validity],
      owner: attribution ? [...(attribution.owner_is_sure ? [] : [NOBODY]), ...owners] : [],
      tier: attribution ? [attribution.tier] : [],
      pattern: [finding.pattern],
      check: [...new Set(results.map((one) => one.check))],
      kind: [...new Set(finding.places.map((place) => place.kind))],
      status: [finding.suppressed ? "suppressed" : "counted"],
    },
    text: [
      finding.name, finding.pattern, finding.fingerprint, finding.secret, attribution?.owner, attribution?.integration,
      attribution?.exposure_owner?.who, Object.values(finding.identity ?? {}).map((said) => said.value ?? said),
      finding.places.map((place) => [place.target, place.path, place.inside, place.author, place.subject, place.commit, place.last?.author]),
    ].flat(3).filter(Boolean).join("\n").toLowerCase(),
  };
}

const rows = data.findings.map(rowOf);
const counted = rows.filter((row) => !row.finding.suppressed);
const byId = new Map(rows.map((row) => [row.id, row]));
