// The answer board: the question, delta, the verdict, and two answers side by side. All photos up to a wide delta are here,
// so a move of delta filters them in the browser; Python is told when the move has stopped.

const FIRST = 24; // cards of a side drawn at first
const SORTS = { near: "Nearest first", far: "Farthest first", different: "Differences first", name: "By name" };

class Board {
  constructor(root) {
    this.limit = [FIRST, FIRST];
    this.cards = [new Map(), new Map()];
    this.sort = "near";
    this.show = "all";
    this.words = "";
    this.delta = new Delta(
      () => this.filter(true),
      (value, number) => this.send({ type: "delta", value, number }),
    );
    this.query = make("div", "lk-query st-key-query-rail");
    this.verdict = make("div", "lk-verdict st-key-verdict");
    this.headline = make("h2", "lk-headline");
    this.headline.setAttribute("aria-live", "polite");
    this.facts = make("p", "lk-facts");
    this.notes = make("p", "lk-notes");
    this.actions = make("div", "lk-actions");
    this.verdict.append(this.headline, this.facts, this.notes, this.actions);
    this.bar = make("div", "lk-bar");
    this.bar.append(this.query, this.delta.element, this.verdict);
    this.tools = this.toolbar();
    this.tabs = make("div", "lk-tabs");
    this.columns = make("div", "lk-columns");
    this.sides = [0, 1].map((side) => this.column(side));
    this.columns.append(...this.sides.map(({ element }) => element));
    root.replaceChildren(this.bar, this.tools, this.tabs, this.columns);
    root.classList.add("lk-board", "st-key-board");
    this.activate(0);
  }

  column(side) {
    const element = make("section", `lk-column lk-side-${side}`);
    const head = make("div", "lk-head");
    const plan = make("select", "lk-plan");
    plan.addEventListener("change", () => this.send({ type: "plan", side, value: plan.value }));
    const figures = make("p", "lk-figures");
    head.append(plan, figures);
    let own = null;
    if (side === 1) {
      own = make("button", "lk-own-delta");
      own.type = "button";
      own.addEventListener("click", () => this.send({ type: "right-delta", value: this.ownDelta() }));
      head.append(own);
    }
    const list = make("ul", "lk-list");
    const empty = make("div", "lk-empty");
    const more = make("button", "lk-more");
    more.type = "button";
    more.addEventListener("click", () => {
      this.limit[side] += FIRST;
      this.filter(false);
    });
    element.append(head, empty, list, more);
    for (const [event, on] of [["pointerover", true], ["focusin", true], ["pointerout", false], ["focusout", false]]) {
      list.addEventListener(event, (happened) => this.light(happened.target.closest?.(".lk-card"), side, on));
    }
    return { element, plan, figures, list, empty, more, own };
  }

  toolbar() {
    const tools = make("div", "lk-toolbar");
    this.sorter = this.choice("Sort", SORTS, (value) => {
      this.sort = value;
      this.sorted = true;
    });
    this.shower = this.choice("Show", { all: "All photos", different: "Only differences" }, (value) => {
      this.show = value;
    });
    const words = make("input", "lk-words");
    words.type = "search";
    words.placeholder = "Filter by name";
    words.setAttribute("aria-label", "Filter photos by name");
    words.addEventListener("input", () => {
      this.words = words.value.trim().toLowerCase();
      this.filter(false);
    });
    tools.append(this.sorter, this.shower, words);
    return tools;
  }

  choice(label, options, take) {
    const select = make("select", "lk-choice");
    select.setAttribute("aria-label", label);
    for (const [value, text] of Object.entries(options)) {
      const option = make("option", "", text);
      option.value = value;
      select.append(option);
    }
    select.addEventListener("change", () => {
      take(select.value);
      this.limit = [FIRST, FIRST];
      this.filter(false);
    });
    return select;
  }

  take(data, send) {
    this.send = send;
    if (!this.data || this.data.asked !== data.asked) this.limit = [FIRST, FIRST];
    const fresh = !this.data || JSON.stringify(this.data.photos) !== JSON.stringify(data.photos);
    this.data = data;
    if (fresh) this.cards = [new Map(), new Map()];
    this.sortOf(data);
    this.delta.take(data);
    this.drawQuery();
    this.drawActions();
    this.sides.forEach((side, i) => this.drawHead(side, data.sides[i], i));
    this.drawTabs();
    this.filter(false);
  }

  drawQuery() {
    const { query } = this.data;
    const said = JSON.stringify(query);
    if (said === this.saidQuery) return;
    this.saidQuery = said;
    const picture = make("img", "lk-crop-picture");
    picture.src = query.url;
    picture.alt = "Your crop";
    const words = make("div", "lk-query-words");
    const crop = make("button", "lk-button", "Change crop");
    const other = make("button", "lk-button", "Other photo");
    for (const [button, type] of [[crop, "crop"], [other, "photo"]]) {
      button.type = "button";
      button.addEventListener("click", () => this.send({ type }));
    }
    words.append(make("p", "lk-name", query.name), crop, other);
    if (query.crops) words.append(make("p", "lk-crops", query.crops));
    this.query.replaceChildren(picture, words);
  }

  drawActions() {
    this.actions.replaceChildren(
      ...this.data.actions.map(({ type, text, main }) => {
        const button = make("button", main ? "lk-button lk-main" : "lk-button", text);
        button.type = "button";
        button.dataset.action = type;
        button.addEventListener("click", () => this.send({ type }));
        return button;
      }),
    );
  }

  // Beside classic hashing, what it misses comes first, until the visitor sorts otherwise.
  sortOf({ sides }) {
    if (this.sorted) return;
    this.sort = sides[0].plan === "tables" && sides[1].plan === "exhaustive" ? "different" : "near";
    this.sorter.value = this.sort;
  }

  drawHead(side, told, i) {
    const names = JSON.stringify(this.data.plans);
    if (names !== side.saidPlans) {
      side.saidPlans = names;
      side.plan.replaceChildren(
        ...Object.entries(this.data.plans).map(([value, text]) => {
          const option = make("option", "", text);
          option.value = value;
          return option;
        }),
      );
      side.plan.setAttribute("aria-label", i ? "Right side: how it is searched" : "Left side: how it is searched");
    }
    side.plan.value = told.plan;
    side.plan.title = told.how;
    side.element.setAttribute("aria-label", `${told.title}, ${i ? "right" : "left"}`);
    side.element.classList.toggle("lk-reference", told.plan === "exhaustive");
    if (side.own) {
      side.own.textContent = this.data.rightDelta === null ? "own delta" : `delta ${told.delta.toFixed(2)} · same again`;
      side.own.title = "Hold the delta of this side where it is, and move the other";
    }
  }

  ownDelta() {
    return this.data.rightDelta === null ? this.delta.delta : null;
  }

  drawTabs() {
    this.tabs.replaceChildren(
      ...this.data.sides.map((told, i) => {
        const tab = make("button", "lk-tab");
        tab.type = "button";
        tab.setAttribute("aria-pressed", String(this.active === i));
        tab.append(make("span", "", told.title), make("b", "lk-tab-count"));
        tab.addEventListener("click", () => this.activate(i));
        return tab;
      }),
    );
  }

  activate(i) {
    this.active = i;
    this.sides.forEach(({ element }, j) => element.classList.toggle("lk-active", i === j));
    [...this.tabs.children].forEach((tab, j) => tab.setAttribute("aria-pressed", String(i === j)));
  }

  // delta of a side: the right one may have its own
  deltaOf(i) {
    const told = this.data.sides[i];
    return i === 1 && this.data.rightDelta !== null ? told.delta : this.delta.delta;
  }

  filter(moving) {
    if (!this.data) return;
    const found = [0, 1].map((i) => foundAt(this.data, i, this.deltaOf(i)));
    const has = (i, photo) => photo.angle <= this.deltaOf(i) + 1e-6 && !found[i].missed.has(photo.id);
    const differs = (photo) => has(0, photo) !== has(1, photo);
    const wanted = this.ordered(differs);
    let both = 0;
    for (const photo of this.data.photos) if (has(0, photo) && has(1, photo)) both += 1;
    [0, 1].forEach((i) => {
      const entries = [];
      let n = 0;
      for (const photo of wanted) {
        if (!has(i, photo)) continue;
        const lonely = !has(1 - i, photo);
        if (this.show === "different" && !lonely) continue;
        n += 1;
        if (entries.length >= this.limit[i]) continue;
        const entry = this.entry(i, photo);
        markCard(entry, ...(lonely ? this.markOf(i, photo) : ["", ""]));
        entries.push(entry.card);
      }
      this.place(this.sides[i], entries, n);
    });
    this.say(found, both, moving);
  }

  ordered(differs) {
    let photos = this.data.photos;
    if (this.words) photos = photos.filter((photo) => photo.name.toLowerCase().includes(this.words));
    if (this.sort === "far") return [...photos].reverse();
    if (this.sort === "different") return [...photos].sort((a, b) => differs(b) - differs(a)); // stable: near ones first
    if (this.sort === "name") return [...photos].sort((a, b) => a.name.localeCompare(b.name));
    return photos;
  }

  // A photo that one side alone shows. What lies beyond the left delta was not missed there.
  markOf(i, photo) {
    if (i === 0 || photo.angle > this.deltaOf(0)) return ["only", "only here"];
    const chance = this.data.chances[photo.id];
    return ["missed", chance === undefined ? "missed" : `missed · ${chance}`];
  }

  entry(i, photo) {
    let entry = this.cards[i].get(photo.id);
    if (!entry) {
      entry = cardOf(photo, i, (type) => this.send({ type, id: photo.id, patch: photo.patch, side: i }));
      this.cards[i].set(photo.id, entry);
    }
    return entry;
  }

  place(side, cards, n) {
    const now = side.list.children;
    if (now.length !== cards.length || cards.some((card, i) => now[i] !== card)) side.list.replaceChildren(...cards);
    const rest = n - cards.length;
    side.more.hidden = rest <= 0;
    side.more.textContent = `Show ${Math.min(rest, FIRST)} more of ${rest.toLocaleString("en")}`;
    side.n = n;
  }

  say(found, both, moving) {
    const [left, right] = found;
    this.headline.textContent = verdictOf(this.data, found, both, this.delta.delta);
    const comparable = isComparable(this.data);
    this.verdict.classList.toggle("lk-perfect", comparable && left.n === right.total && right.total > 0);
    this.verdict.classList.toggle("lk-misses", comparable && left.n < right.total);
    const old = moving || this.delta.delta !== this.data.delta;
    for (const element of [this.facts, this.notes]) element.classList.toggle("lk-old", old);
    if (!old) {
      this.facts.textContent = this.data.facts;
      this.facts.title = this.data.factsHelp;
      this.notes.textContent = this.data.notes;
      this.notes.hidden = !this.data.notes;
    }
    this.sides.forEach((side, i) => this.drawEmpty(side, found[i], i, old));
    [...this.tabs.children].forEach((tab, i) => {
      tab.lastChild.textContent = found[i].n.toLocaleString("en");
    });
  }

  drawEmpty(side, found, i, old) {
    const told = this.data.sides[i];
    const number = photosOf(this.data.says, found.n);
    side.figures.textContent = old ? number : `${number} · ${told.figures}`;
    side.figures.title = told.stages;
    side.empty.hidden = side.n > 0;
    if (side.n > 0) return;
    let text = "Nothing to show with this filter.";
    if (!found.n) text = found.total ? this.data.says.none : "";
    side.empty.replaceChildren(make("p", "", text));
    if (!found.total && i === 1 && this.data.reach !== null) {
      const go = make("button", "lk-button lk-main", `Set delta to ${this.data.reach.toFixed(2)}`);
      go.type = "button";
      go.dataset.action = "reach";
      go.addEventListener("click", () => this.delta.move(this.data.reach));
      side.empty.append(go);
    }
  }

  light(card, side, on) {
    if (!card) return;
    const twin = this.cards[1 - side].get(Number(card.dataset.id));
    for (const one of [card, twin?.card]) one?.classList.toggle("lk-lit", on);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".lk-root");
  root.lookalike ??= new Board(root);
  root.lookalike.take(data, (event) => setTriggerValue("event", event));
}
