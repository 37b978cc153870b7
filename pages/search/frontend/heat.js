// A heat map over a photo: colour from dark (far) to bright (near), a scale in radians, and the number under the pointer
// or, with the arrow keys, under the cursor. The colours are viridis: their brightness alone tells the order.

const VIRIDIS = [[253, 231, 37], [181, 222, 43], [110, 206, 88], [53, 183, 121], [31, 158, 137], [38, 130, 142], [49, 104, 142], [62, 73, 137], [72, 40, 120], [68, 1, 84]];

function colourAt(share) {
  const place = Math.min(Math.max(share, 0), 1) * (VIRIDIS.length - 1), i = Math.min(Math.floor(place), VIRIDIS.length - 2);
  return VIRIDIS[i].map((value, c) => Math.round(value + (VIRIDIS[i + 1][c] - value) * (place - i)));
}

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".heat");
  const state = (root.heat ??= { strength: 60 });
  const find = (name) => root.querySelector(name);
  const { cells } = data, rows = cells.length, columns = cells[0].length;
  const every = cells.flat(), low = Math.min(...every), high = Math.max(...every, low + 1e-6);
  const frame = find(".frame"), canvas = find("canvas"), mark = find(".mark"), told = find(".told"), slider = find("input");
  frame.style.aspectRatio = `${data.size[0]} / ${data.size[1]}`;
  frame.style.maxWidth = `calc(${data.size[0] / data.size[1]} * 48vh)`;
  find("img").src = data.picture;
  find("img").alt = data.name;
  frame.setAttribute("aria-label", `${data.name}: from ${low.toFixed(2)} to ${high.toFixed(2)} radians. Arrow keys read single places.`);
  paint();
  scale();

  function paint() {
    canvas.width = columns;
    canvas.height = rows;
    const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
    every.forEach((angle, i) => image.data.set([...colourAt((angle - low) / (high - low)), 255], 4 * i));
    context.putImageData(image, 0, 0);
    slider.value = state.strength;
    canvas.style.opacity = state.strength / 100;
  }

  function scale() {
    const stops = VIRIDIS.map((colour) => `rgb(${colour})`).join(", ");
    find(".colours").style.background = `linear-gradient(to right, ${stops})`;
    const middle = (low + high) / 2;
    find(".ends").replaceChildren(...[`${low.toFixed(2)} rad, nearest`, middle.toFixed(2), `${high.toFixed(2)}`].map(span));
    const delta = find(".delta"), share = (data.delta - low) / (high - low);
    delta.hidden = data.delta === null || share < 0 || share > 1;
    delta.style.left = `${100 * share}%`;
    delta.title = `delta ${data.delta}`;
    find(".delta-note").textContent = delta.hidden ? "" : `▲ delta, ${data.delta.toFixed(2)} rad`;
  }

  function span(text) {
    const made = document.createElement("span");
    made.textContent = text;
    return made;
  }

  function read(row, column) {
    state.at = [Math.min(Math.max(row, 0), rows - 1), Math.min(Math.max(column, 0), columns - 1)];
    [row, column] = state.at;
    const patch = data.nearest ? data.nearest[row][column] : null;
    const box = patch === null ? [column / columns, row / rows, (column + 1) / columns, (row + 1) / rows] : data.boxes[patch];
    Object.assign(mark.style, { left: `${100 * box[0]}%`, top: `${100 * box[1]}%`, width: `${100 * (box[2] - box[0])}%`, height: `${100 * (box[3] - box[1])}%` });
    mark.hidden = false;
    const where = patch === null ? `cell ${column + 1}, ${row + 1} of ${columns} × ${rows}` : `patch ${patch + 1} of ${data.n_patches}`;
    told.textContent = `${cells[row][column].toFixed(3)} rad · ${where}`;
  }

  function leave() {
    mark.hidden = true;
    told.textContent = data.hint;
  }

  frame.onpointermove = frame.onpointerdown = (event) => {
    const area = frame.getBoundingClientRect();
    read(Math.floor(((event.clientY - area.top) / area.height) * rows), Math.floor(((event.clientX - area.left) / area.width) * columns));
  };
  frame.onpointerleave = frame.onblur = leave;
  frame.onkeydown = (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const [row, column] = state.at ?? [Math.floor(rows / 2), Math.floor(columns / 2)];
    read(row + step[0], column + step[1]);
  };
  slider.onkeydown = (event) => event.stopPropagation();
  slider.oninput = () => {
    state.strength = Number(slider.value);
    canvas.style.opacity = state.strength / 100;
  };
  leave();
}
