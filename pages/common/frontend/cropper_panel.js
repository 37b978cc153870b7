// What stands round the picture: the tools above it, the numbers and the list of boxes below. Text is textContent only.

const SIDES = ["left", "top", "width", "height"];
const ROLES = { look: "Look for", avoid: "Not this" };

function element(tag, properties = {}, ...children) {
  const { attributes = {}, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function button(text, name, onclick, properties = {}) {
  return element("button", { type: "button", textContent: text, className: name, onclick, ...properties });
}

function buildTools(cropper) {
  const tool = (text, name, label, act) => button(text, `tool ${name}`, act, { title: label, attributes: { "aria-label": label } });
  const draw = button("Draw", "tool draw", () => cropper.arm("draw"), {
    title: "The next drag on the photo draws the rectangle anew, wherever it starts",
  });
  const add = button("Add another", "tool add", (event) => {
    if (event.detail === 0) cropper.addByKeyboard();
    else cropper.arm("add");
  }, { title: "Look for another thing on this photo, or say what is not meant" });
  const pan = tool("✥", "pan", "Drag to move the enlarged photo", () => cropper.arm("pan"));
  const out = tool("−", "zoom-out", "Zoom out", () => cropper.zoomBy(1 / 1.5));
  const whole = tool("100 %", "whole", "Show the whole photo", () => cropper.zoomBy(0));
  const closer = tool("+", "zoom-in", "Zoom in", () => cropper.zoomBy(1.5));
  const root = element("div", { className: "tools" }, draw, add, element("span", { className: "space" }), pan, out, whole, closer);
  const update = () => {
    for (const [mode, one] of Object.entries({ draw, add, pan })) one.setAttribute("aria-pressed", String(cropper.mode === mode));
    add.disabled = cropper.boxes.length >= cropper.most;
    pan.hidden = cropper.view.zoom <= 1;
    out.disabled = cropper.view.zoom <= 1;
    closer.disabled = cropper.view.zoom >= cropper.view.largest - 1e-6;
    whole.textContent = `${Math.round(100 * cropper.view.zoom)} %`;
  };
  return { root, update };
}

function buildNumbers(cropper) {
  const inputs = SIDES.map((side, at) => element("input", {
    type: "number", name: side, min: at < 2 ? 0 : 1, step: 1, inputMode: "numeric",
    onchange: (event) => cropper.type(side, event.target),
    onkeydown: (event) => event.stopPropagation(), // keys of the page stay out of a field
  }));
  const field = (input) => element("label", {}, input.name[0].toUpperCase() + input.name.slice(1), input);
  const root = element("div", { className: "numbers" }, ...inputs.map(field));
  root.title = "Pixels of the original photo";
  const update = (anyway = false) => {
    const [left, top, right, bottom] = cropper.boxes[cropper.chosen].box;
    [left, top, right - left, bottom - top].forEach((value, at) => {
      const input = inputs[at], typing = input.getRootNode().activeElement === input && input.dataset.of === cropper.stamp;
      input.max = cropper.size[at % 2];
      input.setAttribute("aria-label", `${input.name[0].toUpperCase()}${input.name.slice(1)} of box ${cropper.chosen + 1}, pixels`);
      if (anyway || !typing) input.value = value;
      input.dataset.of = cropper.stamp;
    });
  };
  return { root, update };
}

// One row a box, from two boxes on: its number, what it is for, and a button that removes it.
function buildList(cropper) {
  const rows = element("div", { className: "rows" });
  const which = element("fieldset", { className: "which" }, element("legend", { textContent: "Show photos with" }));
  for (const [value, text] of [["any", "any of them"], ["all", "all of them"]]) {
    const radio = element("input", { type: "radio", name: "combine", value, onchange: () => cropper.combineBy(value) });
    which.append(element("label", {}, radio, text));
  }
  const row = (one, at) => {
    const last = one.role === "look" && cropper.looks === 1;
    const roles = Object.entries(ROLES).map(([role, text]) => button(text, `role ${role}`, () => cropper.setRole(at, role), {
      disabled: last && role === "avoid",
      title: last && role === "avoid" ? "One box at least must be looked for" : "",
      attributes: { "aria-pressed": String(one.role === role) },
    }));
    const remove = button("Remove", "remove", () => cropper.remove(at), {
      disabled: last, attributes: { "aria-label": `Remove box ${at + 1}` },
    });
    const name = button(`${at + 1}`, "name", () => cropper.choose(at, true), { attributes: { "aria-label": `Choose box ${at + 1}` } });
    const group = element("span", { className: "roles", attributes: { role: "group", "aria-label": `Box ${at + 1}` } }, ...roles);
    const made = element("div", { className: "row" }, name, group, remove);
    made.style.setProperty("--colour", cropper.colour(at));
    made.classList.toggle("chosen", at === cropper.chosen);
    return made;
  };
  let drawn = "";
  const update = () => {
    const many = cropper.boxes.length > 1;
    const state = JSON.stringify([cropper.boxes.map((one) => one.role), cropper.chosen]);
    if (state !== drawn) rows.replaceChildren(...(many ? cropper.boxes.map(row) : [])); // a drag leaves the focus alone
    drawn = state;
    which.hidden = cropper.looks < 2;
    for (const radio of which.querySelectorAll("input")) radio.checked = radio.value === cropper.combine;
  };
  const focus = (at, name) => rows.children[at]?.querySelector(name)?.focus();
  return { root: element("div", { className: "list" }, rows, which), update, focus };
}
