// Controls: number, name, own points, a plain ipywidget; and the player of a run.

const uniqueId = () => `course-live-${Math.random().toString(36).slice(2, 10)}`;
const PLAY_SECONDS = 8; // time a full run of the player takes
const calm = () => window.matchMedia?.("(prefers-reduced-motion: reduce)").matches;

function decimals(step) {
  for (let places = 0; places < 6; places++) {
    if (Math.abs(Number(step.toFixed(places)) - step) < 1e-9) return places;
  }
  return 6;
}

// A number as people write it: a decimal comma, a typographic minus, a space between thousands; in a whole number a comma
// may stand there too.
function readNumber(text, integer) {
  const plain = text.replace(/,(?=\d{3}(\D|$))/g, integer ? "" : ",").replace(/[\u2212\u2013]/g, "-")
    .replace(/[\s\u202f]/g, "").replace(",", ".");
  return plain === "" ? NaN : Number(plain);
}

function niceTicks(control) {
  if (control.ticks.length) return control.ticks;
  const { low, high } = control;
  if (!control.log) return low < 0 && high > 0 ? [low, 0, high] : [low, high];
  const decades = [];
  const stride = Math.max(1, Math.ceil((Math.floor(high) - Math.ceil(low)) / 5));
  for (let k = Math.ceil(low - 1e-9); k <= high + 1e-9; k += stride) decades.push(10 ** k);
  return decades.length > 1 ? decades : [10 ** low, 10 ** high];
}

function tickName(value, log) {
  const power = Math.log10(value);
  if (log && Math.abs(power - Math.round(power)) < 1e-9 && (power < -2.5 || power > 3.5)) {
    const digits = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
    return `10${[...String(Math.round(power))].map((c) => digits[c]).join("")}`;
  }
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(3))).replace("-", "−");
}

function makeSlider(control, changed, gesture) {
  const id = uniqueId();
  const toValue = (position) => (control.log ? 10 ** position : position);
  const toPosition = (value) => (control.log ? Math.log10(value) : value);
  const places = Math.max(decimals(control.low), decimals(control.step));
  const round = (value) => (control.integer ? Math.round(value)
    : control.log ? Number(value.toPrecision(3)) : Number(value.toFixed(places)));
  const shown = (v) => String(control.integer ? Math.round(v) : Number(v.toPrecision(control.log ? 4 : 6)));
  const [low, high] = [toValue(control.low), toValue(control.high)];
  const range = element("input", { type: "range", id, min: String(control.low), max: String(control.high),
    step: String(control.step) });
  const number = element("input", { type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false",
    "aria-label": `${control.label}, typed` });
  const note = element("div", { class: "note", role: "status" });
  let value = 0, typing = false;

  function show(next) {
    if (next === value && range.getAttribute("aria-valuetext") && !typing && number.value === shown(next)) return;
    value = next;
    range.value = String(toPosition(next));
    range.setAttribute("aria-valuetext", `${shown(next)} ${control.unit}`.trim());
    if (!typing) number.value = shown(next);
  }
  function say(words) {
    note.textContent = words;
    number.setAttribute("aria-invalid", words ? "true" : "false");
  }
  // One step on or back; a count on a logarithmic slider changes by one at least, where a step would be less.
  function beside(sign) {
    const to = (position) => round(toValue(Math.min(control.high, Math.max(control.low, position))));
    const next = to(toPosition(value) + sign * control.step);
    return next === value && control.integer ? to(toPosition(value + sign)) : next;
  }
  function choose(next) {
    say("");
    show(next);
    changed(control.name, next);
  }
  function commit() {
    if (!typing) return;
    const typed = readNumber(number.value, control.integer);
    const room = (end) => (control.integer ? 0.5 : 0.005 * Math.abs(end)); // an end in three digits is the end
    if (!Number.isFinite(typed)) {
      const wrong = number.value.trim() ? `“${number.value}” is not a number; ` : "";
      return say(`${wrong}expected ${shown(round(low))} to ${shown(round(high))}`);
    }
    if (typed < low - room(low) || typed > high + room(high)) {
      return say(`${shown(typed)} is outside ${shown(round(low))} to ${shown(round(high))}${control.unit ? ` ${control.unit}` : ""}`);
    }
    typing = false;
    gesture();
    const inside = Math.min(high, Math.max(low, typed));
    choose(control.integer ? Math.round(inside) : inside);
  }
  function restore() {
    typing = false;
    say("");
    show(value);
  }
  range.addEventListener("pointerdown", gesture);
  range.addEventListener("keydown", (event) => {
    if (!event.repeat) gesture();
    const sign = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 }[event.key];
    if (!sign || !control.log || !control.integer) return;
    event.preventDefault(); // the position beside may mean the same whole number
    typing = false;
    choose(beside(sign));
  });
  range.addEventListener("input", () => { typing = false; choose(round(toValue(Number(range.value)))); });
  number.addEventListener("focus", () => number.select());
  number.addEventListener("input", () => { typing = true; say(""); });
  number.addEventListener("keydown", (event) => {
    if (event.key === "Enter") commit();
    else if (event.key === "Escape") { restore(); number.select(); }
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      typing = false;
      if (!event.repeat) gesture();
      choose(beside(event.key === "ArrowUp" ? 1 : -1));
    }
  });
  number.addEventListener("blur", () => { // what fits is taken; what does not stays named, and the field shows what holds
    if (!typing) return;
    commit();
    if (typing) { typing = false; show(value); }
  });

  const ticks = element("div", { class: "ticks", "aria-hidden": "true" });
  for (const tick of niceTicks(control)) {
    const share = (toPosition(tick) - control.low) / (control.high - control.low);
    if (share < -1e-9 || share > 1 + 1e-9) continue;
    const mark = element("span", {}, tickName(tick, control.log));
    mark.style.left = `calc(8px + ${share} * (100% - 16px))`;
    mark.className = share < 0.03 ? "first" : share > 0.97 ? "last" : "";
    ticks.append(mark);
  }
  const typed = element("span", { class: "typed" }, number);
  if (control.unit) typed.append(` ${control.unit}`);
  const row = element("div", { class: "control" }, element("label", { for: id }, control.label), typed,
    element("div", { class: "track" }, range, ticks), note);
  row.dataset.name = control.name;
  return { row, show, get: () => value, choose, label: control.label, shown, position: () => toPosition(value),
    at: (position) => choose(round(toValue(position))), beside: (sign) => choose(beside(sign)), steps: control };
}

function makeMenu(control, changed, gesture) {
  const id = uniqueId();
  const select = element("select", { id }, ...control.options.map((name) => element("option", { value: name }, name)));
  select.addEventListener("change", () => { gesture(); changed(control.name, select.value); });
  const row = element("div", { class: "control menu" }, element("label", { for: id }, control.label), select);
  row.dataset.name = control.name;
  return { row, show: (value) => { select.value = value; }, get: () => select.value, label: control.label,
    shown: (value) => value };
}

// The reader's own points: a button a class; while one is pressed, a click in the panel adds a point of that class.
function makeOwnPoints(control, changed, gesture) {
  let points = [];
  const adding = { label: null };
  const buttons = [["■ class 0", 0], ["● class 1", 1]].map(([name, label]) => {
    const button = element("button", { type: "button", "aria-pressed": "false" }, `Add ${name}`);
    button.addEventListener("click", () => pick(adding.label === label ? null : label));
    return button;
  });
  function pick(label) {
    adding.label = label;
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(label === i)));
    adding.changed?.();
  }
  function give(next, others) { gesture(); points = next; count(); changed(control.name, next, others); }
  const remove = element("button", { type: "button" }, "Remove last");
  remove.addEventListener("click", () => give(points.slice(0, -1)));
  const clear = element("button", { type: "button" }, "Clear");
  clear.addEventListener("click", () => give([]));
  const said = element("span", { class: "count", role: "status" });
  function count() { said.textContent = `${points.length} of at most ${control.most}`; }
  const row = element("div", { class: "control own", role: "group", "aria-label": control.label },
    element("span", { class: "name" }, control.label), element("div", {}, ...buttons, remove, clear, said));
  row.dataset.name = control.name;
  return { row, show: (value) => { points = value.map((point) => [...point]); count(); }, get: () => points, adding,
    panel: control.panel, label: control.label, shown: (value) => `${value.length} points`,
    add: (x, y) => { if (points.length < control.most) give([...points, [x, y, adding.label]], control.needs); } };
}

// A slider or another widget of ipywidgets, shown inside the figure; it talks to Python in its own way.
function makeForeign(control, model) {
  const place = element("div", { class: "foreign" });
  const row = element("div", { class: "control menu" }, place);
  row.dataset.name = control.name;
  const made = (async () => {
    const child = await model.widget_manager.get_model(control.model);
    const view = await model.widget_manager.create_view(child, {});
    const lumino = view.luminoWidget ?? view.pWidget;
    if (lumino) lumino.constructor.attach(lumino, place);
    else place.append(view.el);
    return { child, view };
  })();
  return { row, show() {}, get: () => undefined, label: control.label, shown: String, made,
    close: () => made.then(({ view }) => view.remove?.()).catch(() => {}) };
}

// To the start, step back, play, step; the slider is the time of the run.
function makePlayer(slider, { gesture, rewind, setRunning, rested }) {
  const { low, high, step } = slider.steps;
  let timer = null;
  const button = (name, sign, action) => {
    const node = element("button", { type: "button", class: "play", "aria-label": name, title: name }, sign);
    node.addEventListener("click", action);
    return node;
  };
  const play = button(`Play ${slider.label}`, "▶", () => (timer === null ? start() : stop()));
  function stop() {
    if (timer === null) return;
    clearInterval(timer);
    timer = null;
    play.textContent = "▶";
    play.setAttribute("aria-label", `Play ${slider.label}`);
    bar.classList.remove("playing");
    rested();
  }
  function start() {
    const steps = (high - low) / step;
    const tick = calm() ? 1000 : Math.max(33, Math.min(600, 1000 * PLAY_SECONDS / steps)); // few steps: slower
    const stride = step * Math.max(1, Math.round(steps * tick / (1000 * (calm() ? 10 : PLAY_SECONDS))));
    let position = slider.position();
    gesture();
    if (position >= high - step / 2) { rewind(); position = low; }
    setRunning(true);
    play.textContent = "❚❚";
    play.setAttribute("aria-label", `Pause ${slider.label}`);
    bar.classList.add("playing");
    timer = setInterval(() => {
      if (!play.isConnected) return stop();
      position = Math.min(high, position + stride);
      slider.at(position);
      if (position >= high - step / 2) stop();
    }, tick);
  }
  const move = (sign) => () => {
    stop();
    gesture();
    setRunning(true);
    slider.beside(sign);
  };
  const toStart = button("To the start", "▏◀", () => { stop(); gesture(); rewind(); });
  const bar = element("div", { class: "player", role: "group", "aria-label": `Player of ${slider.label}` }, toStart,
    button("One step back", "◀", move(-1)), play, button("One step on", "▶▏", move(1)));
  return { bar, stop, start, playing: () => timer !== null };
}
