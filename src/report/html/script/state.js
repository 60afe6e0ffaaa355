// What the reader chose: filters, order, groups and the finding that is open. All of it is in the address, so that a link can be sent.

const FACETS = {
  severity: { label: "Severity", values: SEVERITIES },
  validity: { label: "Validity", values: VALIDITIES, show: live },
  owner: { label: "Owner", needs: ownership },
  tier: { label: "Attribution", values: TIERS, needs: ownership },
  pattern: { label: "Pattern" },
  check: { label: "Check", needs: ownership },
  kind: { label: "Place", show: words },
  status: { label: "Status", values: ["counted", "suppressed"] },
};
const SORTS = {
  severity: { label: "Severity", by: (row) => row.severity },
  name: { label: "Credential", by: (row) => row.finding.name.toLowerCase() },
  validity: { label: "Validity", by: (row) => row.validity },
  owner: { label: "Owner", by: (row) => row.owner.toLowerCase(), needs: ownership },
  place: { label: "First place", by: (row) => row.where },
  exposed: { label: "Exposed", by: (row) => -row.days },
  priority: { label: "Priority", by: (row) => -row.priority, needs: ownership },
};
const GROUPS = {
  none: { label: "nothing", of: () => "" },
  owner: { label: "owner", of: (row) => row.owner, needs: ownership },
  integration: { label: "integration", of: (row) => row.attribution?.integration ?? "of no known integration", needs: ownership },
  pattern: { label: "pattern", of: (row) => row.finding.pattern },
  place: { label: "first place", of: (row) => row.finding.places[0].path ?? words(row.finding.places[0].kind) },
};
const usable = (table) => Object.keys(table).filter((name) => !("needs" in table[name]) || table[name].needs);

const DEFAULTS = {
  q: "",
  ...Object.fromEntries(Object.keys(FACETS).map((name) => [name, ""])),
  status: "counted",
  sort: "",
  group: [data.group_by, "owner"].find((name) => usable(GROUPS).includes(name)) ?? "none",
  finding: "",
};
const state = { ...DEFAULTS };

/** The address that shows what `changes` make of the state. */
function hashOf(changes) {
  const next = { ...state, ...changes };
  const told = Object.keys(DEFAULTS).filter((name) => next[name] !== DEFAULTS[name]);
  const plain = (text) => encodeURIComponent(text).replaceAll("%3A", ":").replaceAll("%2F", "/");
  return told.map((name) => `${name}=${plain(next[name])}`).join("&");
}

/** Takes over what an address says; false: it names a section and nothing of this. */
function readHash() {
  const hash = location.hash.slice(1);
  if (hash && !hash.includes("=")) return false;
  const told = new URLSearchParams(hash);
  for (const name of Object.keys(DEFAULTS)) state[name] = told.get(name) ?? DEFAULTS[name];
  const [sort] = state.sort.split(":");
  if (state.sort && !usable(SORTS).includes(sort)) state.sort = "";
  if (!usable(GROUPS).includes(state.group)) state.group = DEFAULTS.group;
  return true;
}

/** Writes the state into the address without another entry in the history. */
function writeHash() {
  const hash = hashOf({});
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
}

/** The rows that pass all filters, and for each filter how many rows each of its values would leave, and all of them. */
function choose() {
  const terms = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  const names = usable(FACETS);
  const active = names.filter((name) => state[name] && state[name] !== "all");
  const left = [];
  const facets = Object.fromEntries(names.map((name) => [name, { all: 0, counts: new Map() }]));
  for (const row of rows) {
    const failed = active.filter((name) => !row.facets[name].includes(state[name]));
    if (failed.length > 1 || !terms.every((term) => row.text.includes(term))) continue;
    if (failed.length === 0) left.push(row);
    // What fails one filter alone would be left by another value of that one.
    for (const name of failed.length === 0 ? names : failed) {
      const facet = facets[name];
      facet.all += 1;
      for (const value of row.facets[name]) facet.counts.set(value, (facet.counts.get(value) ?? 0) + 1);
    }
  }
  return { left, facets };
}

/** In the order that was chosen; without one, in the report's. */
function sorted(chosen) {
  const [name, direction] = state.sort.split(":");
  if (!name) return chosen;
  const sign = direction === "down" ? -1 : 1;
  const keyed = chosen.map((row) => [SORTS[name].by(row), row]);
  keyed.sort(([a, first], [b, second]) => (a < b ? -sign : a > b ? sign : first.index - second.index));
  return keyed.map(([, row]) => row);
}
