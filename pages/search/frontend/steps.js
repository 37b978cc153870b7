// Step through LSH: one picture at a time. Left and right turn the pictures, up and down the table that is shown.

const OF_TABLES = new Set(["planes", "bits", "tables"]);

export default function ({ parentElement, data }) {
  const section = parentElement.querySelector(".steps");
  const state = (section.steps ??= { step: 0, table: 0, id: null, fresh: true });
  if (state.id !== data.id) Object.assign(state, { id: data.id, step: 0, table: data.table });

  const button = (text, name, go) => node("button", { type: "button", class: "turn", "aria-label": name, text, onclick: go });
  const back = button("‹ Back", "Previous picture", () => turn(state.step - 1));
  const next = button("Next ›", "Next picture", () => turn(state.step + 1));
  const dots = node("span", { class: "dots" });
  const title = node("h3"), text = node("p", { class: "text" }), picture = node("div", { class: "picture" });
  const told = node("div", { "aria-live": "polite" }, title, text);
  section.replaceChildren(node("nav", { "aria-label": "Pictures" }, back, dots, next), told, picture);
  section.setAttribute("role", "group");
  section.setAttribute("aria-label", `Step through LSH: ${data.name}`);
  data.steps.forEach((step, i) => {
    dots.append(node("button", { type: "button", title: step.title, "aria-label": `${i + 1}: ${step.title}`, onclick: () => turn(i) }));
  });

  function turn(step) {
    state.step = Math.min(Math.max(0, step), data.steps.length - 1);
    show();
  }

  function choose(table) {
    const focused = section.getRootNode().activeElement?.closest?.(".tables");
    state.table = (table + data.tables.length) % data.tables.length;
    show();
    if (focused) picture.querySelector('[aria-pressed="true"]')?.focus();
  }

  function show() {
    const step = data.steps[state.step];
    title.textContent = `${state.step + 1}. ${step.title}`;
    text.replaceChildren(...step.text.split("**").map((part, i) => (i % 2 ? node("strong", { text: part }) : document.createTextNode(part))));
    back.disabled = state.step === 0;
    next.disabled = state.step === data.steps.length - 1;
    [...dots.children].forEach((dot, i) => dot.setAttribute("aria-current", i === state.step ? "step" : "false"));
    draw();
  }

  function draw() {
    const width = Math.floor(picture.clientWidth);
    if (!width) return;
    const kind = data.steps[state.step].kind;
    state.room = Math.min(520, Math.max(240, window.innerHeight - 380)); // pixels of height that a drawing may take
    picture.replaceChildren();
    picture.dataset.kind = kind;
    DRAWINGS[kind](picture, data, width, state, choose);
  }

  section.onkeydown = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const last = data.steps.length - 1, byTable = OF_TABLES.has(data.steps[state.step].kind);
    const actions = {
      ArrowRight: () => turn(state.step + 1), ArrowLeft: () => turn(state.step - 1),
      Home: () => turn(0), End: () => turn(last),
      ArrowDown: byTable && (() => choose(state.table + 1)), ArrowUp: byTable && (() => choose(state.table - 1)),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    actions[event.key]();
  };

  let drawnWidth = 0;
  const watcher = new ResizeObserver(() => {
    if (Math.floor(picture.clientWidth) === drawnWidth) return;
    drawnWidth = Math.floor(picture.clientWidth);
    draw();
  });
  show();
  watcher.observe(picture);
  if (state.fresh) {
    state.fresh = false;
    section.focus({ preventScroll: true });
  }
  return () => watcher.disconnect();
}
