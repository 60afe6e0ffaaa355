// How far credentials open doors: the steps of the way as a drawing, and as a list for those who do not see it.

const MOST_DRAWN = 60;
const MOST_NAMED = 4;
const BOX = { width: 168, height: 38, right: 56, down: 14, pad: 8, lane: 24 };
const STEP = { integration: "integration", system: "system", credential: "credential", opens: "opens" };

function showBlast(section) {
  const content = section.querySelector(".content");
  const found = Map.groupBy(counted.filter((row) => row.attribution?.integration), (row) => row.attribution.integration);
  const all = (ownership?.blast ?? []).filter((one) => found.has(one.integration));
  if (all.length === 0) {
    content.append(el("p", { class: "card note" }, "No finding is of a known integration, so what they open is not known."));
    return;
  }
  const alive = (one) => found.get(one.integration).filter((row) => row.finding.validity === "active").length;
  const size = (one) => one.systems + one.credentials.length + one.kinds.length;
  all.sort((a, b) => alive(b) - alive(a) || size(b) - size(a));
  const list = el("div");
  const rest = pieces(all, () => list, (one) => blastCard(one, found.get(one.integration), alive(one)), 20);
  rest.more.classList.add("controls");
  expanders.push(rest.all);
  content.append(list, rest.more);
  list.querySelector("details").open = true;
}

function blastCard(one, members, alive) {
  const card = el("details", { class: "card blast" },
    el("summary", null, el("h3", null, one.integration),
      el("span", { class: "badges" },
        alive > 0 ? badge("validity", "active", `${number.format(alive)} live`) : null,
        el("span", { class: "badge" }, count(members.length, "finding")),
        el("span", { class: "badge" }, count(one.systems, "system")),
        one.credentials.length > 0 ? el("span", { class: "badge severity high" }, count(one.credentials.length, "further credential")) : null,
        one.kinds.map((kind) => el("span", { class: "badge severity critical" }, words(kind))),
        one.data_classes.map((name) => el("span", { class: "badge" }, `data: ${name}`)),
        one.tenants > 1 ? el("span", { class: "badge" }, count(one.tenants, "tenant")) : null)));
  let isDrawn = false;
  const draw = () => {
    if (isDrawn) return;
    isDrawn = true;
    const { picture, left } = drawing(one);
    fill(card, null, [
      el("div", { class: "scrolls", tabindex: "0", role: "region", "aria-label": `Blast radius of ${one.integration}` }, picture),
      left > 0 ? el("p", { class: "soft" }, `${count(left, "further thing")} on the way: the list below has all.`) : null,
      one.unknown_systems > 0 ? el("p", { class: "soft" }, `Of ${count(one.unknown_systems, "system")} nothing is written in the inventory.`) : null,
      el("details", null, el("summary", null, "The same as a list"), outline(one.steps)),
      el("p", null, "Findings: ", members.slice(0, MOST_NAMED).map((row, at) => [at > 0 ? ", " : null, findingLink(row, `${row.finding.name} ${row.finding.secret}`)]),
        members.length > MOST_NAMED ? [" and ", link(`#${hashOf({ ...DEFAULTS, q: one.integration })}`, `${number.format(members.length - MOST_NAMED)} more`)] : null)]);
  };
  card.addEventListener("toggle", draw);
  return card;
}

/** Things on the way, each once, and which leads to which. A step that was met before is an edge only, so circles end. */
function graphOf(steps) {
  const nodes = new Map();
  const edges = new Map();
  const way = [];
  for (const step of steps) {
    const key = `${step.kind} ${step.id}`;
    if (!nodes.has(key)) nodes.set(key, { ...step, key });
    way.length = step.depth;
    const from = way.findLast(Boolean);
    if (from && from !== key) edges.set(`${from}\n${key}`, [from, key]);
    way[step.depth] = key;
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

function drawing(one) {
  const graph = graphOf(one.steps);
  const drawn = graph.nodes.slice(0, MOST_DRAWN);
  const columns = Map.groupBy(drawn, (node) => node.depth);
  const depths = [...columns.keys()].sort((a, b) => a - b);
  const tallest = Math.max(...[...columns.values()].map((nodes) => nodes.length));
  const body = tallest * (BOX.height + BOX.down) - BOX.down + 2 * BOX.pad;
  const at = new Map();
  depths.forEach((depth, column) => {
    const nodes = columns.get(depth);
    const top = (body - nodes.length * (BOX.height + BOX.down) + BOX.down) / 2;
    nodes.forEach((node, line) => at.set(node.key, { x: BOX.pad + column * (BOX.width + BOX.right), y: top + line * (BOX.height + BOX.down) }));
  });
  const width = depths.length * (BOX.width + BOX.right) - BOX.right + 2 * BOX.pad;
  const ends = graph.edges.map((both) => both.map((key) => at.get(key))).filter(([from, to]) => from && to);
  const hasBack = ends.some(isBack);
  const height = body + (hasBack ? BOX.lane : 0);
  const edges = ends.map((both) => (isBack(both) ? backEdge(both, height) : edge(both)));
  const picture = svg("svg", { class: "graph", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `What ${one.integration} opens: ${count(graph.nodes.length - 1, "thing")}, in the list below` },
    edges, drawn.map((node) => box(node, at.get(node.key))));
  return { picture, left: graph.nodes.length - drawn.length };
}

const isBack = ([from, to]) => to.x <= from.x;

function edge([from, to]) {
  const [x1, y1, x2, y2] = [from.x + BOX.width, from.y + BOX.height / 2, to.x, to.y + BOX.height / 2];
  const bend = BOX.right / 2;
  return [svg("path", { class: "edge", d: `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}` }),
    svg("path", { class: "edge", d: `M${x2 - 6} ${y2 - 4} L${x2} ${y2} L${x2 - 6} ${y2 + 4}` })];
}

/** To something that was met before: below all boxes. */
function backEdge([from, to], height) {
  const [x1, y1, x2, y2] = [from.x + BOX.width * 0.6, from.y + BOX.height, to.x + BOX.width * 0.4, to.y + BOX.height];
  // A curve comes three quarters of the way to the points that pull it.
  const pull = Math.max(y1, y2) + ((height - BOX.pad - Math.max(y1, y2)) * 4) / 3;
  return [svg("path", { class: "edge back", d: `M${x1} ${y1} C${x1} ${pull} ${x2} ${pull} ${x2} ${y2}` }),
    svg("path", { class: "edge", d: `M${x2 - 4} ${y2 + 6} L${x2} ${y2} L${x2 + 4} ${y2 + 6}` })];
}

function box(node, { x, y }) {
  const id = words(node.id);
  const label = id.length > 23 ? `${id.slice(0, 22)}…` : id;
  return svg("g", { class: `box ${node.kind}`, transform: `translate(${x} ${y})` },
    svg("title", null, `${STEP[node.kind] ?? node.kind} ${node.id}`),
    svg("rect", { width: BOX.width, height: BOX.height, rx: 6 }),
    svg("text", { class: "kind", x: 10, y: 14 }, STEP[node.kind] ?? node.kind),
    svg("text", { x: 10, y: 29 }, label));
}

/** The steps as nested lists. */
function outline(steps) {
  const top = el("ul", { class: "outline" });
  const lists = [top];
  for (const step of steps) {
    const depth = Math.min(step.depth, lists.length - 1);
    const item = el("li", null, el("span", { class: "soft" }, `${step.kind} `), code(step.id), step.again ? el("span", { class: "soft" }, " (see above)") : null);
    lists.length = depth + 1;
    lists[depth].append(item);
    const inner = el("ul");
    lists.push(inner);
    item.append(inner);
  }
  top.querySelectorAll("ul:empty").forEach((empty) => empty.remove());
  return top;
}
