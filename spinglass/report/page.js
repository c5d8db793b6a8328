"use strict";
/* The script of the page: one Explorer a section that one walks through, and the ground.

   Plots are Bokeh's, found by their names.  All glyphs of minima of a section share one source,
   so that its selection is the selection of every plot; whoever changes it, `selectionChanged`
   brings the rest of the section along.  Text goes into the page as text, never as markup. */

const INK = {
  light: { text: "#1b1f24", quiet: "#59626d", line: "#d5d9de" },
  dark: { text: "#e7eaee", quiet: "#a3acb7", line: "#343a43" },
};
const COLUMNS = [
  ["", "colour"], ["minimum", "number"], ["H/n", "energy"], ["descents", "count"],
  ["basin weight", "share"], ["lowest eigenvalue", "lambda_min"],
  ["overlap with the hidden point", "hidden_overlap"], ["course", "course"],
];

const whole = (value) => value.toLocaleString("en");
const number = (value, digits) => (value === null || value === undefined || Number.isNaN(value) ? "–" : value.toFixed(digits).replace("-", "\u2212"));
const plural = (count, one, many) => `${whole(count)} ${count === 1 ? one : many}`;

function shown(name, value) {
  if (name === "energy") return number(value, 6);
  if (name === "share") return number(value, 5);
  if (name === "lambda_min") return number(value, 5);
  if (name === "hidden_overlap") return number(value, 4);
  if (name === "course") return value < 0 ? "–" : whole(value);
  return whole(value);
}

function words(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function shorts(base64) {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 2 }, (_, k) => view.getUint16(2 * k, true));
}

class Explorer {
  constructor(section, plots, data, palettes) {
    Object.assign(this, { section, plots, data, palettes });
    this.at = 0;
    this.last = null;
    this.sorted = ["number", 1];
    this.wanted = new Set();
    this.slider = section.querySelector("input[type=range]");
    this.source = this.model("minima");
    this.busy = false;
    this.listen();
  }

  model(name) { return this.plots.get_model_by_name(`${this.data.prefix}-${name}`); }
  slot(name) { return this.section.querySelector(`[data-slot="${name}"]`); }
  get field() { return this.data.fields[this.at]; }
  get tree() { return this.field.tree; }
  get columns() { return this.field.columns; }
  get size() { return this.columns.number.length; }
  get selected() { return this.source.selected.indices; }

  listen() {
    this.slider?.addEventListener("input", () => this.show(Number(this.slider.value)));
    this.source.selected.change.connect(() => {
      if (!this.busy) this.remember();
      this.selectionChanged();
    });
    for (const tap of ["tap", "doubletap"]) { // the second of two quick clicks is the latter
      this.model("tree").on_event(tap, (event) => this.select(this.branchAt(event.x, event.y)));
      this.model("matrix").on_event(tap, (event) => this.select(this.pairAt(event)));
    }
    this.model("matrix").on_event("mousemove", (event) => this.readPair(event));
    this.section.querySelector("[data-act=wider]").addEventListener("click", () => this.widen());
    this.section.querySelector("[data-act=none]").addEventListener("click", () => this.select([]));
    this.section.querySelector("[data-act=all]").addEventListener("click", () =>
      this.select(this.columns.number.map((_, k) => k)));
    this.section.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.select([]);
    });
    this.slot("table").addEventListener("click", (event) => this.clicked(event));
    this.slot("table").addEventListener("keydown", (event) => this.pressed(event));
  }

  /* What minimum number k is called at all fields; one without a course lives at its own alone. */
  key(k) {
    const course = this.columns.course[k];
    return course < 0 ? `${this.at} ${k}` : course;
  }

  remember() { this.wanted = new Set(this.selected.map((k) => this.key(k))); }

  /* Go to a field; what is selected stays so, and comes back at a field where it lives. */
  show(place) {
    const last = this.last === null ? -1 : this.columns.course[this.last];
    this.at = place;
    const { course } = this.columns;
    this.last = last < 0 || !course.includes(last) ? 0 : course.indexOf(last);
    this.busy = true;
    this.source.selected.indices = [];
    this.fill();
    this.data.fields.forEach((_, k) => {
      this.model(`image-${k}`).visible = k === place;
      this.model(`table-${k}`).visible = k === place;
    });
    const here = this.model("here");
    if (here) here.location = this.field.nu;
    this.drawRanges();
    this.drawTree();
    this.writeField();
    this.writeTable();
    this.source.selected.indices = course.flatMap((_, k) => (this.wanted.has(this.key(k)) ? [k] : []));
    this.busy = false;
    this.selectionChanged();
    this.section.dataset.field = String(place);
  }

  fill() {
    const colours = document.documentElement.dataset.ground === "dark" ? this.field.dark : {};
    this.source.data = { ...this.columns, ...colours, overlap: this.overlapsWith(this.last) };
  }

  drawRanges() {
    const { energies, columns } = this.field;
    const marks = [energies.ground, energies.threshold].filter((value) => value !== null);
    const ends = [energies.edges[0], energies.edges.at(-1), ...marks];
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const margin = 0.04 * (high - low);
    this.model("energies-x").setv({ start: low - margin, end: high + margin });
    const [deep, top] = [columns.energy[0], columns.energy.at(-1)];
    const room = 0.08 * (top - deep) || 0.1 * Math.abs(top) || 1;
    this.model("overlaps-y").setv({ start: deep - room, end: top + room });
    this.model("ground").location = energies.ground;
    this.model("threshold").location = energies.threshold;
    const shares = columns.share.filter((value) => value > 0);
    this.model("ranks-x").setv({ start: 0.8, end: 1.4 * Math.max(this.size, 7) });
    this.model("ranks-y").setv({ start: 0.6 * Math.min(...shares, 0.5), end: 1.5 });
    this.model("places").setv({ start: -0.5, end: this.size - 0.5 });
    this.model("rows").setv({ start: this.size - 0.5, end: -0.5 });
    this.slot("limits").textContent = [
      energies.ground === null ? "ground state: not known for this covariance" : `line: ground state E_0 = ${number(energies.ground, 4)}`,
      energies.threshold === null ? "no threshold at this field" : `dashed: threshold ${energies.threshold_name} = ${number(energies.threshold, 4)}`,
    ].join("; ");
    this.slot("tree").textContent = "";
  }

  /* The level of a node: where its own branches merge, or where the line of a minimum begins. */
  level(node) {
    return node < this.size ? this.columns.foot[node] : this.tree.level[node - this.size];
  }

  drawTree() {
    const { barriers, level } = this.tree;
    const every = [...level, ...this.columns.foot];
    if (!barriers && !level.length) every.push(0); // a single minimum: overlaps from 0 to 1
    const [low, high] = [Math.min(...every), Math.max(...every)];
    const room = 0.08 * (high - low) || 0.1 * Math.abs(high) || 1;
    this.top = barriers ? high + room : low - room;
    const bottom = barriers ? low - room : high + room;
    this.model("levels").setv({ start: bottom, end: this.top });
    this.model("level-axis").axis_label = barriers ? "H/n of the lowest known pass" : "mean overlap";
    this.model("lines").data = this.segments(this.tree.parent.map((_, node) => node));
  }

  segments(nodes) {
    const found = { x0: [], y0: [], x1: [], y1: [] };
    const add = (x0, y0, x1, y1) => {
      found.x0.push(x0); found.y0.push(y0); found.x1.push(x1); found.y1.push(y1);
    };
    const { stem, parent, children } = this.tree;
    for (const node of nodes) {
      add(stem[node], this.level(node), stem[node], parent[node] < 0 ? this.top : this.level(parent[node]));
      if (node < this.size) continue;
      const [one, other] = children[node - this.size];
      add(stem[one], this.level(node), stem[other], this.level(node));
    }
    return found;
  }

  /* The widest branch that stands above a place and merges below a level. */
  branchAt(x, y) {
    const place = Math.round(x);
    if (place < 0 || place >= this.size) return [];
    const above = (level) => (this.tree.barriers ? y > level : y < level);
    let node = this.columns.place.indexOf(place);
    while (this.tree.parent[node] >= 0 && above(this.level(this.tree.parent[node]))) node = this.tree.parent[node];
    return this.under(node);
  }

  under(node) {
    const [first, last] = [this.tree.first[node], this.tree.last[node]];
    return this.columns.place.flatMap((place, k) => (place >= first && place <= last ? [k] : []));
  }

  /* Select the smallest branch that holds more than all that is selected. */
  widen() {
    const from = new Set(this.selected.length ? this.selected : [this.last]);
    let node = [...from][0];
    let found = this.selected.length ? this.under(node) : [];
    const misses = () => [...from].some((k) => !found.includes(k));
    while ((found.length <= this.selected.length || misses()) && this.tree.parent[node] >= 0) {
      node = this.tree.parent[node];
      found = this.under(node);
    }
    this.select(found.length ? found : [...from]);
  }

  pairAt({ x, y }) {
    const places = [Math.round(x), Math.round(y)];
    if (places.some((place) => place < 0 || place >= this.size)) return [];
    return [...new Set(places.map((place) => this.columns.place.indexOf(place)))];
  }

  readPair(event) {
    const pair = this.pairAt(event);
    const [one, other] = [pair[0], pair.at(-1)];
    const names = pair.map((k) => whole(this.columns.number[k])).join(" and ");
    this.slot("tree").textContent = pair.length
      ? `minimum ${names}: overlap ${number(this.overlap(one, other), 4)}` : "";
  }

  overlap(one, other) {
    const table = this.model(`table-${this.at}`).data_source.data.image[0];
    const { place } = this.columns;
    return table[place[one] * this.size + place[other]] * this.data.overlap_unit;
  }

  overlapsWith(k) { return this.columns.number.map((_, other) => (k === null ? NaN : this.overlap(k, other))); }

  select(indices) {
    this.source.selected.indices = indices;
    this.remember(); // also where nothing of this field changes
    this.selectionChanged();
  }

  selectionChanged() {
    if (this.busy) return;
    const chosen = this.selected;
    if (chosen.length && !chosen.includes(this.last)) this.last = chosen[0];
    if (this.shownOverlaps !== `${this.at} ${this.last}`) {
      this.shownOverlaps = `${this.at} ${this.last}`;
      this.busy = true;
      this.fill();
      this.busy = false;
      this.drawSpectrum();
      this.writeChosen();
    }
    const inside = new Set(chosen);
    this.drawBars(inside);
    const count = new Array(this.size + 1).fill(0);
    this.columns.place.forEach((place, k) => { count[place + 1] = inside.has(k) ? 1 : 0; });
    for (let k = 0; k < this.size; k += 1) count[k + 1] += count[k];
    const { first, last } = this.tree;
    this.model("branch").data = this.segments(inside.size ? first.flatMap((low, node) =>
      (count[last[node] + 1] - count[low] === last[node] - low + 1 ? [node] : [])) : []);
    this.writeStatus(inside);
    for (const row of this.slot("table").querySelectorAll("tbody tr")) {
      row.setAttribute("aria-selected", String(inside.has(Number(row.dataset.row))));
    }
  }

  drawBars(inside) {
    const { edges, bins } = this.field.energies;
    const all = new Array(edges.length - 1).fill(0);
    const chosen = [...all];
    bins.forEach((bin, k) => {
      all[bin] += this.columns.count[k];
      if (inside.has(k)) chosen[bin] += this.columns.count[k];
    });
    this.model("bars").data = { left: edges.slice(0, -1), right: edges.slice(1), all, chosen };
    this.model("energies-y").setv({ start: 0, end: 1.08 * Math.max(...all, 1) });
  }

  drawSpectrum() {
    const { spectra } = this.field;
    if (!spectra) return;
    const bins = spectra.edges.length - 1;
    spectra.numbers ??= shorts(spectra.counts);
    const top = spectra.numbers.slice(bins * this.last, bins * (this.last + 1));
    const width = spectra.edges[1] - spectra.edges[0];
    const [centre, radius] = [spectra.centre[this.last], spectra.radius];
    const total = top.reduce((sum, value) => sum + value, 0);
    const x = Array.from({ length: 121 }, (_, k) => centre + radius * (k / 60 - 1));
    const law = (value) => (2 * total * width * Math.sqrt(Math.max(radius ** 2 - (value - centre) ** 2, 0))) / (Math.PI * radius ** 2);
    const y = x.map(law);
    this.model("eigenvalues").data = { left: spectra.edges.slice(0, -1), right: spectra.edges.slice(1), top };
    this.model("semicircle").data = { x, y };
    const [low, high] = [Math.min(0, spectra.edges[0], x[0]), Math.max(spectra.edges.at(-1), x.at(-1))];
    this.model("spectrum-x").setv({ start: low - 0.03 * (high - low), end: high + 0.03 * (high - low) });
    this.model("spectrum-y").setv({ start: 0, end: 1.1 * Math.max(...top, ...y) });
  }

  writeField() {
    const { nu, regime, exact, found, pairs } = this.field;
    const name = `\u03bd = ${number(nu, 4)}${regime ? `, ${regime}` : ""}`;
    this.section.querySelector(".field").textContent = name;
    this.slider?.setAttribute("aria-valuetext", name);
    const what = pairs ? ["pair of minima", "pairs of minima"] : ["minimum", "minima"];
    const drawn = found > this.size ? `, of which ${whole(this.size)} are drawn` : "";
    const theory = exact === null ? "" : `; the exact mean over disorder is ${exact.toLocaleString("en", { maximumSignificantDigits: 5 })}`;
    this.section.querySelector(".about").textContent =
      `${plural(found, ...what)} found${drawn}, ${plural(this.field.ended, "descent", "descents")} of ${whole(this.field.starts)} ended in one${theory}`;
  }

  writeStatus(inside) {
    const starts = [...inside].reduce((sum, k) => sum + this.columns.count[k], 0);
    const what = this.field.pairs ? "pairs of minima" : this.size === 1 ? "minimum" : "minima";
    const away = this.wanted.size - inside.size;
    const elsewhere = away > 0 ? `; ${whole(away)} selected at another field ${away === 1 ? "does" : "do"} not live at this one` : "";
    this.section.querySelector(".status").textContent =
      `${whole(inside.size)} of ${whole(this.size)} ${what} selected: ${whole(starts)} of ${whole(this.field.starts)} starts${elsewhere}`;
  }

  writeChosen() {
    const list = this.slot("chosen");
    const k = this.last;
    const { columns, spectra, pairs } = this.field;
    const others = columns.number.flatMap((name, other) => (other === k ? [] : [[this.overlap(k, other), name]]));
    others.sort((a, b) => b[0] - a[0]);
    const elsewhere = this.data.fields.flatMap((field, place) => {
      if (columns.course[k] < 0 || place === this.at) return [];
      const there = field.columns.number.filter((_, other) => field.columns.course[other] === columns.course[k]);
      if (!there.length) return [];
      return [`${Array.from(there, whole).join(" and ")} at \u03bd = ${number(field.nu, 4)}`];
    });
    const rows = [
      [pairs ? "pair" : "minimum", whole(columns.number[k])],
      ["H/n", number(columns.energy[k], 9)],
      ["basin weight", `${number(columns.share[k], 5)}: ${whole(columns.count[k])} of ${whole(this.field.starts)} starts`],
      ["lowest eigenvalue", number(columns.lambda_min[k], 6)],
      ["highest eigenvalue", spectra ? number(spectra.highest[k], 6) : "–"],
      ["nearest", others.length ? `minimum ${whole(others[0][1])}, overlap ${number(others[0][0], 4)}` : "there is no other"],
      ["farthest", others.length ? `minimum ${whole(others.at(-1)[1])}, overlap ${number(others.at(-1)[0], 4)}` : "there is no other"],
    ];
    if (columns.hidden_overlap) {
      rows.push(["hidden point", `overlap ${number(columns.hidden_overlap[k], 4)}`]);
    }
    if (this.data.fields.length > 1) {
      rows.push(["at other fields", columns.course[k] < 0 ? "not known: the couplings have no seed" : elsewhere.join("; ") || "not met"]);
    }
    list.replaceChildren(...rows.flatMap(([name, value]) => [words("dt", name), words("dd", value)]));
  }

  writeTable() {
    const table = this.slot("table");
    const [by, sign] = this.sorted;
    const order = this.columns.number.map((_, k) => k);
    const key = (k) => (by === "colour" ? this.columns.energy[k] : this.columns[by][k]) ?? -Infinity;
    order.sort((a, b) => sign * (key(a) - key(b)) || a - b);
    const head = document.createElement("tr");
    const columns = COLUMNS.filter(([, name]) =>
      name === "course" ? this.data.fields.length > 1 : name === "colour" || name in this.columns);
    for (const [title, name] of columns) {
      const cell = words("th", "", { scope: "col" });
      if (title) cell.append(words("button", title, { type: "button", "data-by": name }));
      if (name === by) cell.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      head.append(cell);
    }
    const chosen = new Set(this.selected);
    const colours = document.documentElement.dataset.ground === "dark" ? this.field.dark.colour : this.columns.colour;
    const rows = order.map((k, place) => {
      const row = words("tr", "", { tabindex: place ? "-1" : "0", "data-row": k, "aria-selected": chosen.has(k) });
      for (const [, name] of columns) {
        const cell = words("td", name === "colour" ? "" : shown(name, this.columns[name][k]));
        if (name === "colour") {
          const dot = words("span", "", { class: "swatch" });
          dot.style.background = colours[k];
          cell.append(dot);
        }
        row.append(cell);
      }
      return row;
    });
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(...rows);
  }

  clicked(event) {
    const by = event.target.closest("button")?.dataset.by;
    if (by) {
      this.sorted = [by, this.sorted[0] === by ? -this.sorted[1] : 1];
      this.writeTable();
      this.slot("table").querySelector(`[data-by="${by}"]`).focus();
      return;
    }
    const row = event.target.closest("tbody tr");
    if (row) this.choose(Number(row.dataset.row), event.shiftKey || event.ctrlKey || event.metaKey);
  }

  choose(k, more) {
    const before = this.selected;
    this.last = k;
    if (!more) this.select([k]);
    else this.select(before.includes(k) ? before.filter((other) => other !== k) : [...before, k]);
    this.selectionChanged();
  }

  pressed(event) {
    const row = event.target.closest("tbody tr");
    if (!row) return;
    const to = {
      ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling,
      Home: row.parentElement.firstElementChild, End: row.parentElement.lastElementChild,
    }[event.key];
    if (to) {
      row.tabIndex = -1;
      to.tabIndex = 0;
      to.focus();
    } else if (event.key === " " || event.key === "Enter") {
      this.choose(Number(row.dataset.row), event.shiftKey || event.ctrlKey || event.metaKey);
    } else return;
    event.preventDefault();
  }

  /* Colours for the ground that the page has now. */
  repaint(ground) {
    this.model("wash").palette = this.palettes[ground].washes;
    this.model("signs").palette = this.palettes[ground].signs;
    const kept = this.selected;
    this.busy = true;
    this.fill();
    this.source.selected.indices = kept;
    this.busy = false;
    this.writeTable();
  }
}

function restyle(plots, ground) {
  const { text, quiet, line } = INK[ground];
  for (const root of plots.roots()) {
    for (const model of root.references()) {
      if (model.type.endsWith("Axis")) {
        model.setv({ axis_label_text_color: text, major_label_text_color: text, axis_line_color: quiet });
        if (model.major_tick_line_color !== null) model.setv({ major_tick_line_color: quiet, minor_tick_line_color: quiet });
      } else if (model.type === "Grid") model.setv({ grid_line_color: line });
      else if (model.type === "Legend") model.setv({ label_text_color: text });
      else if (model.type === "ColorBar") model.setv({ title_text_color: text, major_label_text_color: text, bar_line_color: quiet });
    }
  }
}

/* Plots are painted a moment later, after paper is: give it pictures of them that are painted now. */
function addPrints(plots) {
  for (const place of document.querySelectorAll("[data-plot]")) {
    const view = window.Bokeh.index.find_one(plots.get_model_by_name(place.dataset.plot));
    const { canvas } = view.export("png");
    canvas.className = "print";
    canvas.removeAttribute("style");
    place.append(canvas);
  }
}

function begin(plots) {
  const page = document.documentElement;
  const data = JSON.parse(document.getElementById("data").textContent);
  const sections = [...document.querySelectorAll("section[data-section]")];
  const explorers = sections.map((section) =>
    new Explorer(section, plots, data.sections[section.dataset.section], data.palettes));
  const button = document.getElementById("ground");
  const prefers = window.matchMedia("(prefers-color-scheme: dark)");
  let asked = null;
  const paint = (ground) => {
    page.dataset.ground = ground;
    button.textContent = ground === "dark" ? "Light" : "Dark";
    restyle(plots, ground);
    for (const explorer of explorers) explorer.repaint(ground);
  };
  const wanted = () => asked ?? (prefers.matches ? "dark" : "light");
  button.addEventListener("click", () => {
    asked = page.dataset.ground === "dark" ? "light" : "dark";
    paint(asked);
  });
  prefers.addEventListener("change", () => paint(wanted()));
  window.addEventListener("beforeprint", () => {
    paint("light");
    addPrints(plots);
  });
  window.addEventListener("afterprint", () => {
    for (const print of document.querySelectorAll("canvas.print")) print.remove();
    paint(wanted());
  });
  page.dataset.ground = wanted();
  for (const explorer of explorers) explorer.show(0);
  paint(wanted());
  requestAnimationFrame(() => requestAnimationFrame(() => { page.dataset.ready = "true"; }));
}

window.addEventListener("error", (event) => {
  if (!event.error) return; // a notice of the browser, such as that sizes still change
  const trouble = document.getElementById("trouble");
  trouble.hidden = false;
  trouble.textContent = `The page failed: ${event.message}`;
});

(function wait() {
  const [plots] = window.Bokeh.documents;
  if (plots?.is_idle) begin(plots);
  else setTimeout(wait, 10);
})();
