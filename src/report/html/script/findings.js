// The list of findings: filters above, one row for each, all that is known of it below the row.

const PIECE = 100;
/** What shows the rest of lists that are shown in part, for print. */
const expanders = [];
const COLUMNS = [
  { sort: "severity", label: "Severity", cell: (row) => badge("severity", row.finding.severity) },
  { sort: "name", label: "Credential", cell: (row) => [el("span", { class: "name" }, row.finding.name), " ", code(row.finding.secret)] },
  { sort: "validity", label: "Validity", cell: (row) => badge("validity", row.finding.validity, live(row.finding.validity)) },
  { sort: "owner", label: "Owner", needs: ownership, cell: (row) => [el("span", { class: row.attribution?.owner_is_sure ? "name" : "name unsure" }, row.owner), " ", badge("tier", row.attribution.tier)] },
  { sort: "place", label: "First place", cell: (row) => [path(row.where), row.finding.places.length > 1 ? el("span", { class: "soft nowrap" }, ` +${number.format(row.finding.places.length - 1)} more`) : null] },
  { sort: "exposed", label: "Exposed", cell: (row) => (row.days < 0 ? el("span", { class: "soft" }, "not known") : el("span", { class: "nowrap" }, `≥ ${count(row.days, "day")}`)) },
  { sort: "priority", label: "Priority", needs: ownership, cell: (row) => el("strong", null, row.priority) },
].filter((column) => !("needs" in column) || column.needs);

const toolbar = { selects: {}, box: null };
const table = { element: null, result: el("p", { role: "status", class: "status" }), list: null, order: [] };

function select(name, label, options, value) {
  const control = el("select", { id: `by-${name}`, name });
  setOptions(control, options, value);
  control.addEventListener("change", () => change({ [name]: control.value, finding: "" }));
  toolbar.selects[name] = control;
  return el("label", { class: "control", for: `by-${name}` }, el("span", null, label), control);
}

function setOptions(control, options, value) {
  control.replaceChildren(...options.map(([key, text]) => el("option", { value: key }, text)));
  control.value = value;
}

/** Each value of a filter with the number of findings that it would leave. */
function optionsOf(name, { all, counts }) {
  const facet = FACETS[name];
  const known = facet.values ?? [...counts.keys()].sort((a, b) => (a === NOBODY ? -1 : b === NOBODY ? 1 : a < b ? -1 : 1));
  const values = known.filter((value) => counts.has(value) || value === state[name]);
  if (state[name] && state[name] !== "all" && !values.includes(state[name])) values.push(state[name]);
  const shown = values.map((value) => [value, `${facet.show?.(value) ?? value} (${number.format(counts.get(value) ?? 0)})`]);
  return [[name === "status" ? "all" : "", `all (${number.format(all)})`], ...shown];
}

function makeToolbar() {
  const search = el("input", { type: "search", id: "by-q", autocomplete: "off", spellcheck: "false", placeholder: "path, author, owner, fingerprint …" });
  let pause = 0;
  search.addEventListener("input", () => {
    Object.assign(state, { q: search.value, finding: "" });
    showFindings();
    // Browsers take offence at an address that changes with every key.
    clearTimeout(pause);
    pause = setTimeout(writeHash, 300);
  });
  toolbar.search = search;
  const reset = el("button", { type: "button", class: "quiet" }, "Reset");
  reset.addEventListener("click", () => change({ ...DEFAULTS }));
  toolbar.reset = reset;
  const orders = [["", "as in the report"], ...usable(SORTS).flatMap((name) =>
    [[name, SORTS[name].label], [`${name}:down`, `${SORTS[name].label}, reversed`]])];
  return el("form", { class: "toolbar controls", role: "search", "aria-label": "Findings" },
    el("label", { class: "control wide", for: "by-q" }, el("span", null, "Search"), search),
    usable(FACETS).map((name) => select(name, FACETS[name].label, [], "")),
    select("group", "Group by", usable(GROUPS).map((name) => [name, GROUPS[name].label]), state.group),
    select("sort", "Sort by", orders, state.sort),
    reset);
}

function makeTable() {
  const heads = COLUMNS.map((column) => {
    const button = el("button", { type: "button" }, column.label);
    button.addEventListener("click", () => change({ sort: state.sort === column.sort ? `${column.sort}:down` : column.sort }));
    return el("th", { scope: "col", role: "columnheader", "data-sort": column.sort }, button);
  });
  return el("table", { class: "findings", role: "table" }, el("caption", { class: "unseen" }, "Findings, most urgent first unless sorted"),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, heads, el("th", { scope: "col", role: "columnheader" }, el("span", { class: "unseen" }, "Details")))));
}

/** Shows what the state asks for. */
function showFindings() {
  const { left, facets } = choose();
  const chosen = sorted(left);
  for (const name of usable(FACETS)) setOptions(toolbar.selects[name], optionsOf(name, facets[name]), state[name]);
  for (const name of ["group", "sort"]) toolbar.selects[name].value = state[name];
  if (toolbar.search.value !== state.q) toolbar.search.value = state.q;
  const [sort, direction] = state.sort.split(":");
  for (const head of table.element.querySelectorAll("thead [data-sort]")) {
    const order = direction === "down" ? "descending" : "ascending";
    if (head.dataset.sort === sort) head.setAttribute("aria-sort", order);
    else head.removeAttribute("aria-sort");
  }
  table.element.querySelectorAll("tbody").forEach((body) => body.remove());
  const groups = Map.groupBy(chosen, GROUPS[state.group].of);
  const bodies = new Map();
  for (const [key, members] of groups) {
    const head = state.group === "none" ? null : groupHead(key, members);
    bodies.set(key, el("tbody", { role: "rowgroup" }, head));
  }
  table.order = [...groups.values()].flat();
  table.list?.more.remove();
  table.list = pieces(table.order, (row) => bodyOf(bodies, row), rowElements, PIECE);
  table.list.more.classList.add("controls");
  table.element.after(table.list.more);
  table.result.textContent = chosen.length === rows.length
    ? count(chosen.length, "finding")
    : `${number.format(chosen.length)} of ${count(rows.length, "finding")}`;
}

function bodyOf(bodies, row) {
  const body = bodies.get(GROUPS[state.group].of(row));
  if (!body.isConnected) table.element.append(body);
  return body;
}

function groupHead(key, members) {
  const alive = members.filter((row) => row.finding.validity === "active").length;
  return el("tr", { class: "group", role: "row" }, el("th", { scope: "rowgroup", role: "rowheader", colspan: COLUMNS.length + 1 },
    el("span", { class: "name" }, key), " ",
    el("span", { class: "soft" }, count(members.length, "finding"), alive > 0 ? `, ${number.format(alive)} live` : null)));
}

function rowElements(row) {
  const id = `detail-${row.index}`;
  const button = el("button", { type: "button", class: "chevron", "aria-expanded": "false", "aria-controls": id, "aria-label": `Details of ${row.finding.name} ${row.finding.secret}` });
  const line = el("tr", { class: row.finding.suppressed ? "finding suppressed" : "finding", role: "row", "data-index": row.index },
    COLUMNS.map((column) => el("td", { role: "cell", "data-label": column.label, class: `c-${column.sort}` }, column.cell(row))),
    el("td", { role: "cell", class: "c-open" }, button));
  button.addEventListener("click", () => toggle(row));
  line.addEventListener("click", (event) => {
    if (!event.target.closest("button, a") && getSelection().isCollapsed) toggle(row);
  });
  return [line, el("tr", { id, class: "detail", role: "row", hidden: true })];
}

const lineOf = (row) => table.element.querySelector(`tr[data-index="${row.index}"]`);

/** Opens or closes a finding; the address names the one that was opened last. */
function toggle(row) {
  const isOpen = lineOf(row).nextElementSibling.hidden;
  setOpen(row, isOpen);
  state.finding = isOpen ? row.id : state.finding === row.id ? "" : state.finding;
  writeHash();
}

function setOpen(row, isOpen) {
  const line = lineOf(row);
  const below = line.nextElementSibling;
  if (isOpen && !below.hasChildNodes()) below.append(el("td", { role: "cell", colspan: COLUMNS.length + 1 }, detail(row)));
  below.hidden = !isOpen;
  line.classList.toggle("is-open", isOpen);
  line.querySelector(".chevron").setAttribute("aria-expanded", String(isOpen));
}

/** The finding of an address: its fingerprint, or the beginning of its hash. */
function named(id) {
  const hash = (fingerprint) => fingerprint.split(":").pop();
  return byId.get(id) ?? (hash(id).length >= 6 ? rows.find((row) => hash(row.id).startsWith(hash(id).toUpperCase())) : undefined);
}

/** Goes to the finding that the address names, whatever the filters are. */
function goTo(id) {
  const row = named(id);
  if (!row) {
    table.result.textContent = `There is no finding ${id} in this report.`;
    document.getElementById("findings").scrollIntoView();
    return;
  }
  let at = table.order.indexOf(row);
  if (at < 0) {
    Object.assign(state, DEFAULTS, { status: "all", finding: id });
    showFindings();
    at = table.order.indexOf(row);
  }
  table.list.upTo(at + 1);
  setOpen(row, true);
  lineOf(row).scrollIntoView({ block: "start" });
  lineOf(row).querySelector(".chevron").focus({ preventScroll: true });
}

function change(changes) {
  Object.assign(state, changes);
  writeHash();
  showFindings();
}
