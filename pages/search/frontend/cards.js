// Cards of matches: a picture in a 4:3 frame with the matched region boxed, its angle, and what can be done with it.

const ICONS = {
  star: "M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.5 9.7l5.9-.8z",
  use: "M10.5 4a6.5 6.5 0 1 0 4.1 11.5l4.4 4.4 1.4-1.4-4.4-4.4A6.5 6.5 0 0 0 10.5 4zm0 2a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9z",
  like: "M2 10h4v10H2zm6 8.5V10l5-7 1.5.8c.5.3.7.8.6 1.3L14.3 9H20c1.2 0 2 1 1.8 2.2l-1.5 7.3A2 2 0 0 1 18.3 20H9.5z",
  dislike: "M22 14h-4V4h4zm-6-8.5V14l-5 7-1.5-.8a1.2 1.2 0 0 1-.6-1.3L9.7 15H4a1.9 1.9 0 0 1-1.8-2.2l1.5-7.3A2 2 0 0 1 5.7 4h8.8z",
};
const SVG = "http://www.w3.org/2000/svg";

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text; // names are data: never HTML
  return element;
}

function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

// Where a photo lies in a 4:3 frame that shows all of it, as shares of the frame: [left, top, width, height].
function placeInFrame(width, height) {
  const shape = width / height / (4 / 3);
  return shape >= 1 ? [0, (1 - 1 / shape) / 2, 1, 1 / shape] : [(1 - shape) / 2, 0, shape, 1];
}

function boxIn(photo) {
  const [x, y, w, h] = placeInFrame(photo.size[0], photo.size[1]);
  const [left, top, right, bottom] = photo.box;
  const box = make("span", "lk-box");
  box.style.left = `${100 * (x + left * w)}%`;
  box.style.top = `${100 * (y + top * h)}%`;
  box.style.width = `${100 * (right - left) * w}%`;
  box.style.height = `${100 * (bottom - top) * h}%`;
  return box;
}

function frameOf(photo) {
  const frame = make("span", "lk-frame");
  const image = make("img");
  image.loading = "lazy";
  image.decoding = "async";
  image.alt = "";
  image.src = photo.url;
  frame.append(image, boxIn(photo), make("span", "lk-tag", photo.scale));
  return frame;
}

// One card. act(name) tells what was asked of it.
function cardOf(photo, side, act) {
  const card = make("li", "lk-card");
  card.style.setProperty("--lk-crop", photo.colour); // of the crop that came nearest
  card.dataset.id = photo.id;
  const open = make("button", "lk-open");
  open.type = "button";
  open.dataset.id = photo.id;
  open.append(frameOf(photo));
  open.addEventListener("click", () => act("open"));
  const line = make("div", "lk-line");
  line.append(make("span", "lk-angle", `${photo.angle.toFixed(2)} rad`), make("span", "lk-mark"), toolsOf(photo, act));
  card.append(open, line);
  return { card, open, mark: line.children[1], photo, side };
}

function toolsOf(photo, act) {
  const tools = make("span", "lk-tools");
  const wanted = [
    ["like", "More like this", photo.liked],
    ["dislike", "Not like this", photo.disliked],
    ["star", "Keep as favourite", photo.starred],
  ];
  if (photo.usable) wanted.push(["use", "Use as query: search for this region", null]);
  for (const [name, help, on] of wanted) {
    const button = make("button", `lk-tool lk-${name}`);
    button.type = "button";
    button.title = help;
    button.setAttribute("aria-label", `${help}: ${photo.name}`);
    if (on !== null) button.setAttribute("aria-pressed", String(Boolean(on)));
    button.append(icon(name));
    button.addEventListener("click", () => act(name));
    tools.append(button);
  }
  return tools;
}

// How a card says whether the other side has it too. mark: "", or words such as "missed · 43 %".
function markCard(entry, kind, mark) {
  if (entry.kind === kind && entry.said === mark) return;
  entry.kind = kind;
  entry.said = mark;
  entry.card.classList.toggle("lk-missed", kind === "missed");
  entry.card.classList.toggle("lk-only", kind === "only");
  entry.mark.textContent = mark;
  const told = mark ? `, ${mark}` : "";
  const { name, angle, scale } = entry.photo;
  entry.open.setAttribute("aria-label", `${name}: ${angle.toFixed(2)} rad at scale ${scale}${told}. Open.`);
}
