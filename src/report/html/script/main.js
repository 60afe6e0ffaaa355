// Puts the page together, and follows the address, the keyboard and the printer.

function show() {
  showFindings();
  if (state.finding) goTo(state.finding);
}

/** The hash names a section, a check, or what the reader chose. */
function follow() {
  if (readHash()) {
    show();
    if (!state.finding && location.hash.length > 1) document.getElementById("findings").scrollIntoView();
    return;
  }
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.tagName === "DETAILS") {
    target.open = true;
    target.querySelector("summary").focus();
  }
}

/** Shows everything, for paper; and then what was shown before. */
function forPrint() {
  const opened = [];
  expanders.forEach((expand) => expand());
  table.list.all();
  for (const row of table.order) {
    if (lineOf(row).nextElementSibling.hidden) {
      setOpen(row, true);
      opened.push(row);
    }
  }
  // What was just made may hold lists of its own.
  expanders.forEach((expand) => expand());
  const folded = [];
  const next = () => document.querySelector("details:not([open])");
  for (let one = next(); one; one = next()) {
    one.open = true;
    // Its own event comes too late for the printer.
    one.dispatchEvent(new Event("toggle"));
    folded.push(one);
  }
  return () => {
    opened.forEach((row) => setOpen(row, false));
    folded.forEach((one) => { one.open = false; });
  };
}

function start() {
  const section = (id) => document.getElementById(id);
  table.element = makeTable();
  section("findings").querySelector(".content").append(makeToolbar(), table.result, el("div", { class: "card flush" }, table.element));
  showFirst(section("first"));
  if (ownership) {
    showBlast(section("blast"));
    showChecks();
  }
  showExposure(section("exposure"));
  showAllowed(section("allowed"));
  document.querySelectorAll("section[hidden]").forEach((one) => { one.hidden = false; });
  toolbar.search.form.addEventListener("submit", (event) => event.preventDefault());
  let undo = null;
  matchMedia("print").addEventListener("change", (event) => {
    if (event.matches) undo ??= forPrint();
    else { undo?.(); undo = null; }
  });
  addEventListener("beforeprint", () => { undo ??= forPrint(); });
  addEventListener("afterprint", () => { undo?.(); undo = null; });
  addEventListener("hashchange", follow);
  follow();
  if (!table.list) showFindings();
}

start();
