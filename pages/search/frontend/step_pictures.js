// The drawings of "Step through LSH": each takes the data of one photo and fills `host`, `width` pixels wide.
// Text from the data is only ever textContent.

const SVG = "http://www.w3.org/2000/svg";

function node(name, attributes = {}, ...children) {
  const made = SVG_NAMES.has(name) ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "text") made.textContent = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}
const SVG_NAMES = new Set(["svg", "g", "path", "line", "circle", "rect", "text"]);

const canvas = (width, height, label) =>
  node("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label });
const label = (x, y, text, name = "", anchor = "middle") =>
  node("text", { x, y, class: name, "text-anchor": anchor, text });

// ---- 1. crop -> descriptor

function drawDescriptor(host, data, width) {
  const most = Math.max(...data.query.map(Math.abs), ...data.values.map(Math.abs), 1e-9);
  const row = (name, picture, values) =>
    node(
      "figure",
      { class: "described" },
      node("figcaption", { text: name }),
      node("img", { src: picture, alt: name }),
      bars(values, most, Math.max(120, width - (width > 560 ? 250 : 130)), width > 560 ? 150 : 96, name),
    );
  host.append(row("your crop", data.pictures.query, data.query), row("patch of this photo", data.pictures.patch, data.values));
  const shown = data.query.length < data.n_values ? `The first ${data.query.length} of ${data.n_values} numbers. ` : "";
  host.append(node("p", { class: "note", text: `${shown}One bar a number: up is positive, down is negative.` }));
}

function bars(values, most, width, height, name) {
  const svg = canvas(width, height, `The descriptor of ${name} as ${values.length} bars`);
  const step = width / values.length, middle = height / 2;
  svg.append(node("line", { x1: 0, x2: width, y1: middle, y2: middle, class: "axis" }));
  values.forEach((value, i) => {
    const size = (Math.abs(value) / most) * (middle - 2);
    const top = value > 0 ? middle - size : middle;
    svg.append(node("rect", { x: i * step, y: top, width: Math.max(0.6, step * 0.75), height: size, class: value > 0 ? "up" : "down" }));
  });
  return svg;
}

// ---- 2. hyperplanes in the plane of the two arrows

function drawPlanes(host, data, width, state) {
  const table = data.tables[state.table];
  // A hyperplane through the origin looks the same above and below it: the upper half shows all.
  const height = Math.min(width * 0.56, state.room - 80), x = width / 2, y = height - 10, reach = Math.min(x, y) - 34;
  const svg = canvas(width, height, `Table ${state.table + 1}: ${table.differ} of ${table.turns.length} hyperplanes pass between the two arrows`);
  const turned = (turn, length) => {
    const angle = Math.PI / 2 + data.angle / 2 - turn;
    return [x + length * Math.cos(angle), y - length * Math.sin(angle)];
  };
  svg.append(sector(turned, 0, Math.min(data.delta, Math.PI - 1e-6), reach * 0.94, "near"));
  table.turns.forEach((turn, i) => {
    const ends = [turned(turn + Math.PI / 2, reach), turned(turn - Math.PI / 2, reach)];
    const [x2, y2] = ends[0][1] < ends[1][1] ? ends[0] : ends[1];
    svg.append(node("line", { x1: x, y1: y, x2, y2, class: table.query[i] === table.patch[i] ? "cut" : "cut between" }));
  });
  svg.append(arc(turned, data.angle, reach * 0.45));
  for (const [turn, name, side, where] of [[0, "your crop", "query", "end"], [data.angle, "this patch", "patch", "start"]]) {
    const [tipX, tipY] = turned(turn, reach * 0.94), [textX, textY] = turned(turn, reach * 1.02);
    svg.append(node("line", { x1: x, y1: y, x2: tipX, y2: tipY, class: `arrow ${side}` }));
    svg.append(node("circle", { cx: tipX, cy: tipY, r: 7, class: `tip ${side}` }));
    svg.append(label(textX + (where === "end" ? -8 : 8), textY - 2, name, `name ${side}`, where));
  }
  const [middleX, middleY] = turned(data.angle / 2, reach * 0.45 + 18);
  svg.append(label(middleX, middleY, `${data.angle.toFixed(2)} rad`, "strong halo"));
  host.append(svg, legend([["cut between", "passes between the two"], ["cut", "leaves both on one side"], ["near", `within delta (${data.delta.toFixed(2)} rad) of the crop`]]));
  host.append(tableNote(data, state));
}

function sector(turned, from, to, length, name) {
  const points = Array.from({ length: 33 }, (_, i) => turned(from + ((to - from) * i) / 32, length).join(","));
  const [x, y] = turned(0, 0);
  return node("path", { d: `M${x},${y}L${points.join("L")}Z`, class: name });
}

function arc(turned, angle, length) {
  const points = Array.from({ length: 17 }, (_, i) => turned((angle * i) / 16, length).join(","));
  return node("path", { d: `M${points.join("L")}`, class: "arc" });
}

function legend(rows) {
  const list = node("p", { class: "legend" });
  for (const [name, text] of rows) {
    const swatch = canvas(30, 14, "");
    swatch.setAttribute("aria-hidden", "true");
    swatch.append(name === "near" ? node("rect", { width: 30, height: 14, class: name }) : node("line", { x1: 0, y1: 7, x2: 30, y2: 7, class: name }));
    list.append(node("span", {}, swatch, node("span", { text })));
  }
  return list;
}

// ---- 3. bits

function drawBits(host, data, width, state) {
  const table = data.tables[state.table], k = table.query.length;
  const grid = node("div", { class: "bits", style: `--k: ${k}`, role: "img", "aria-label": `Keys ${table.query} and ${table.patch}: ${table.differ} of ${k} bits differ` });
  for (const [name, key] of [["your crop", table.query], ["this patch", table.patch]]) {
    grid.append(node("span", { class: "who", text: name }));
    [...key].forEach((bit, i) => grid.append(node("span", { class: table.query[i] === table.patch[i] ? "bit" : "bit differs", text: bit })));
  }
  grid.append(node("span", { class: "who" }));
  [...table.query].forEach((bit, i) => grid.append(node("span", { class: "mark", text: bit === table.patch[i] ? "=" : "≠" })));
  host.append(grid, tableNote(data, state));
}

// ---- 4. tables and buckets

function drawTables(host, data, width, state, choose) {
  const columns = data.tables.length <= 12 ? data.tables.length : data.tables.length <= 100 ? 10 : 25;
  const grid = node("div", { class: "tables", style: `--columns: ${columns}`, role: "group", "aria-label": "Tables: bits that differ in each" });
  data.tables.forEach((table, i) => {
    const name = `Table ${i + 1}: ${table.shared ? "the same bucket" : `${table.differ} bits differ`}; the crop's bucket holds ${photos(table.photos)}`;
    grid.append(node("button", {
      type: "button", title: name, "aria-label": name, "aria-pressed": i === state.table, tabindex: i === state.table ? 0 : -1,
      class: table.shared ? "shared" : "", text: table.shared ? "✓" : table.differ, onclick: () => choose(i),
    }));
  });
  host.append(grid);
  host.append(node("p", { class: "legend", text: "✓ the same bucket · a number: so many bits differ" }));
  host.append(tableNote(data, state));
}

const photos = (n) => (n === 1 ? "1 photo" : n === 0 ? "no photo" : `${n} photos`);

function tableNote(data, state) {
  const table = data.tables[state.table];
  const bits = table.differ === 0 ? "all bits agree" : `${table.differ} of ${table.query.length} bits ${table.differ === 1 ? "differs" : "differ"}`;
  return node("p", { class: "note", "aria-live": "polite", text: `Table ${state.table + 1} of ${data.tables.length}: ${bits}; the crop's bucket holds ${photos(table.photos)}. ↑ ↓ turn to other tables.` });
}

// ---- 5. candidates

function drawCandidates(host, data) {
  for (const funnel of data.funnels) {
    const most = Math.max(...funnel.stages.map((stage) => stage[1]), 1);
    const box = node("div", { class: "funnel" }, node("h4", { text: funnel.title }));
    for (const [name, n] of funnel.stages) {
      const bar = node("span", { class: "bar", style: `width: max(3px, ${(100 * n) / most}%)` });
      box.append(node("div", { class: "stage" }, node("span", { class: "track" }, bar), node("span", { text: `${n.toLocaleString("en")} ${name}` })));
    }
    const mark = funnel.found ? ["found", "✓ this photo is in its answer"] : ["missed", "✗ this photo is not in its answer"];
    box.append(node("p", {}, node("span", { text: `${photos(funnel.photos)} in the answer · ` }), node("span", { class: mark[0], text: mark[1] })));
    host.append(box);
  }
}

// ---- 6. exact angles

function drawAnswer(host, data, width, state) {
  const left = 16, right = width - 16, size = 11;
  const nearest = data.angles.length ? data.angles[0][0] : data.angle;
  const first = Math.max(0, Math.min(nearest, data.angle) - 0.08), last = Math.max(data.delta, data.angle) + 0.08;
  const at = (angle) => left + ((angle - first) / (last - first)) * (right - left);
  const columns = new Map(), columnOf = (angle) => Math.round(at(angle) / size);
  for (const [angle] of data.angles) columns.set(columnOf(angle), (columns.get(columnOf(angle)) ?? 0) + 1);
  const tallest = Math.max(4, ...columns.values()), height = Math.min(state.room, 110 + tallest * size), base = height - 44;
  columns.clear();
  const svg = canvas(width, height, `Angles of ${data.angles.length} photos within delta; this photo at ${data.angle.toFixed(3)} rad`);
  svg.append(node("rect", { x: left, y: 22, width: Math.max(0, at(data.delta) - left), height: base - 22, class: "near" }));
  svg.append(node("line", { x1: left, x2: right, y1: base, y2: base, class: "axis" }));
  for (let tick = Math.ceil(first * 10) / 10; tick <= last; tick += 0.1) {
    svg.append(label(at(tick), base + 20, tick.toFixed(1)));
  }
  svg.append(label(right, height - 4, "angle to the crop, radians", "quiet", "end"));
  svg.append(node("line", { x1: at(data.delta), x2: at(data.delta), y1: 22, y2: base, class: "delta" }));
  svg.append(label(at(data.delta), 15, `delta ${data.delta.toFixed(2)}`, "strong"));
  let mine = null;
  for (const [angle, found] of data.angles) {
    const below = columns.get(columnOf(angle)) ?? 0;
    columns.set(columnOf(angle), below + 1);
    const y = Math.max(30, base - 8 - below * size);
    svg.append(node("circle", { cx: at(angle), cy: y, r: 4.4, class: found ? "dot" : "dot lost" }));
    if (mine === null && Math.abs(angle - data.angle) < 1e-4) mine = y;
  }
  const y = mine ?? base - 8;
  svg.append(node("circle", { cx: at(data.angle), cy: y, r: 10, class: data.found ? "here" : "here lost" }));
  const anchor = at(data.angle) > width * 0.8 ? "end" : at(data.angle) < width * 0.2 ? "start" : "middle";
  svg.append(label(at(data.angle), Math.max(44, y - 18), `this photo, ${data.angle.toFixed(3)}`, "strong halo", anchor));
  host.append(svg, node("p", { class: "legend", text: "● found by this search · ○ missed by it" }));
}

// ---- 7. why, and what else

function drawWhy(host, data) {
  const head = node("tr", {}, ...["Way to search", "This photo", "Chance", "Comparisons"].map((text) => node("th", { scope: "col", text })));
  const body = node("tbody");
  for (const way of data.ways) {
    const mark = way.found ? ["found", "✓ found"] : ["missed", data.within ? "✗ missed" : "– beyond delta"];
    const name = node("th", { scope: "row", text: way.name });
    if (way.note) name.append(node("small", { text: ` · ${way.note}` }));
    body.append(node("tr", {}, name, node("td", { class: mark[0], text: mark[1] }), node("td", { text: way.chance }), node("td", { text: way.cost })));
  }
  host.append(node("table", {}, node("thead", {}, head), body));
}

const DRAWINGS = {
  descriptor: drawDescriptor, planes: drawPlanes, bits: drawBits, tables: drawTables,
  candidates: drawCandidates, answer: drawAnswer, why: drawWhy,
};
