// For how long secrets lay open in history: a bar for each on one axis of time.

const LINES = 40;
const WIDE = 1000;

function showExposure(section) {
  const content = section.querySelector(".content");
  const dated = counted.filter((row) => row.span).sort((a, b) => a.span.from - b.span.from || a.index - b.index);
  const undated = counted.length - dated.length;
  if (dated.length > 0) {
    const now = Math.max(Date.parse(data.scanned_at), ...dated.map((row) => row.span.end ?? 0));
    const axis = scale(dated[0].span.from, now);
    const list = el("ol", { class: "lines" });
    const rest = pieces(dated, () => list, (row) => exposureLine(row, axis), LINES);
    rest.more.classList.add("controls");
    expanders.push(rest.all);
    content.append(el("div", { class: "card exposure" }, legend(), axisLine(axis), list, rest.more));
  }
  if (undated > 0) {
    content.append(el("p", { class: "card note" }, `${count(undated, "finding")} ${undated === 1 ? "stands" : "stand"} in no commit that was read, so since when is not known.`));
  } else if (dated.length === 0) {
    content.append(el("p", { class: "card note" }, "Nothing was found, so nothing was exposed."));
  }
}

/** Places moments between two on a line, with a little room, and chooses whole years, months or days as marks. */
function scale(from, until) {
  const room = Math.max((until - from) * 0.02, DAY);
  const [start, end] = [from - room, until + room];
  const at = (time) => ((time - start) / (end - start)) * WIDE;
  const days = (end - start) / DAY;
  const step = [1, 3, 6, 12, 24, 60, 120].find((months) => days / (months * 30.4) <= 7) ?? 240;
  const marks = [];
  const first = new Date(start);
  for (let month = 0; ; month += 1) {
    const time = Date.UTC(first.getUTCFullYear(), month);
    if (time > until) break;
    if (time >= start && month % step === 0) marks.push([at(time), new Date(time).toISOString().slice(0, step % 12 === 0 ? 4 : 7)]);
  }
  if (marks.length === 0) marks.push([at(from), new Date(from).toISOString().slice(0, 10)]);
  return { at, marks, now: until };
}

function legend() {
  const key = (name, label) => el("span", null, svg("svg", { class: `key ${name}`, viewBox: "0 0 22 10", "aria-hidden": "true" }, svg("rect", { y: 2, width: 22, height: 6, rx: 3 })), ` ${label}`);
  return el("p", { class: "legend soft" }, key("active", "live"), key("unknown", "not known whether live"), key("inactive", "inactive"), el("span", null, "● last seen   ▸ still there"));
}

function axisLine(axis) {
  return el("div", { class: "line axis", "aria-hidden": "true" }, el("span"),
    el("div", { class: "marks" }, axis.marks.map(([x, label]) => {
      const mark = el("span", null, label);
      mark.style.left = `${x / (WIDE / 100)}%`;
      return mark;
    })), el("span"));
}

function exposureLine(row, axis) {
  const { from, end } = row.span;
  const [x1, x2] = [axis.at(from), axis.at(end ?? axis.now)];
  const day = (time) => new Date(time).toISOString().slice(0, 10);
  const color = { active: "active", inactive: "inactive" }[row.finding.validity] ?? "unknown";
  const picture = svg("svg", { class: `span ${color}`, viewBox: `0 0 ${WIDE} 16`, preserveAspectRatio: "none", "aria-hidden": "true" },
    axis.marks.map(([x]) => svg("line", { class: "mark", x1: x, x2: x, y1: 0, y2: 16 })),
    svg("rect", { x: x1, y: 5, width: Math.max(x2 - x1, 3), height: 6, rx: 1 }));
  const tip = el("span", { class: `tip ${color}`, "aria-hidden": "true" }, end === null ? "▸" : "●");
  tip.style.left = `${Math.max(x2, x1 + 3) / (WIDE / 100)}%`;
  return el("li", { class: "line" },
    el("span", { class: "what" }, findingLink(row, row.finding.name), " ", code(row.finding.secret)),
    el("span", { class: "track" }, picture, tip),
    el("span", { class: "when soft" }, `${day(from)} → ${end === null ? "still there" : day(end)}`));
}
