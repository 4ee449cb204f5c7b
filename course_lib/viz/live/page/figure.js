// The figure: controls, picture, caption, and the conversation with Python; how it finds its place in the page.
//
// To Python: {client, seq, values | handle | nudge, turn, rewind}, at most one in flight; while Python computes, only the
// newest is kept, so a slow machine shows fewer pictures, never old ones. {look} asks for a background, {code} for code.
// What is shown is always of one moment: controls, picture and caption belong together, or the figure says that they do
// not, and why.

const SOON = 300; // ms after which an unanswered movement is shown as one
const PATIENCE = 2000; // ms without an answer before the reader is told why
const QUIET = 700; // ms of rest before the caption is read out

const wordsOf = (caption) => caption.replace(/\ue000[^\ue001]*\ue001|\ue002/g, "");

function showCaption(node, caption, light) {
  node.replaceChildren();
  for (const [i, piece] of caption.split("\ue000").entries()) {
    if (!i) { node.append(piece); continue; }
    const [key, rest] = piece.split("\ue001");
    const [text, after] = rest.split("\ue002");
    const word = element("span", { class: "term" }, text);
    word.addEventListener("pointerenter", () => light(key));
    word.addEventListener("pointerleave", () => light(null));
    node.append(word, after ?? "");
  }
}

function isDark() {
  const body = document.body;
  return body.dataset.jpThemeLight === "false" || body.classList.contains("vscode-dark")
    || document.documentElement.getAttribute("theme") === "dark";
}

// What is known of the kernel, where the front end tells: "busy", "restarting", "dead", ... Where it does not, a message
// that cannot be sent, or is not answered, tells.
function watchPython(model, changed) {
  const kernel = model.widget_manager?.kernel;
  const ended = () => changed("dead");
  const status = (_, now) => changed(now);
  const connection = (_, now) => changed(now === "connected" ? kernel.status : now);
  kernel?.statusChanged?.connect?.(status);
  kernel?.connectionStatusChanged?.connect?.(connection);
  kernel?.disposed?.connect?.(ended);
  return { status: () => kernel?.status, close() {
    kernel?.statusChanged?.disconnect?.(status);
    kernel?.connectionStatusChanged?.disconnect?.(connection);
    kernel?.disposed?.disconnect?.(ended);
  } };
}

function build(model, host, { onReady = () => {} } = {}) {
  const spec = model.get("spec");
  const client = Math.random().toString(36).slice(2);
  let seq = 0, waiting = 0, flying = null, newest = null, soon = null, patience = null, lost = "", running = false, said = null;

  const status = element("div", { class: "status", role: "status" });
  const caption = element("div", { class: "caption" });
  caption.style.minHeight = `${1.45 * spec.caption_lines + 0.1}em`;
  const spoken = element("div", { class: "spoken", role: "status" }); // for screen readers, when the movement rests
  const picture = makePicture(model, spec);

  // ---- sending
  function state(name, words = "") {
    root.dataset.state = name;
    status.textContent = words;
  }
  function lose(words) {
    lost = words;
    waiting = 0;
    newest = null;
    clearTimeout(soon);
    clearTimeout(patience);
    player?.stop();
    showValues(model.get("reply")); // controls go back to what picture and caption show
    body.disabled = true;
    foreign.forEach((control) => { control.row.inert = true; });
    state("lost", words);
  }
  function impatient() {
    if (!waiting || lost) return;
    const busy = python.status() === "busy";
    state("waiting", busy ? "Python is busy with a cell; your movement is answered when it is done. Picture and caption "
      + "are the ones from before." : "No answer from Python yet; picture and caption are the ones from before.");
  }
  function post(message) {
    try {
      model.send(message);
      return true;
    } catch {
      lose("Python no longer knows this figure. Run this cell again to move it.");
      return false;
    }
  }
  function flush() {
    waiting = ++seq;
    flying = { client, seq, ...newest };
    newest = null;
    clearTimeout(soon);
    clearTimeout(patience);
    if (!post(flying)) return;
    soon = setTimeout(() => { if (waiting) state("waiting", "Computing …"); }, SOON);
    patience = setTimeout(impatient, PATIENCE);
  }
  function send(part) {
    if (lost) return;
    const sum = newest ?? {};
    const put = (kind, what) => { delete sum[kind]; sum[kind] = what; }; // what was moved last stands last, and holds
    if (part.values) put("values", { ...sum.values, ...part.values });
    if (part.handle) put("handle", part.handle);
    if (part.nudge) {
      const before = sum.nudge?.[0] === part.nudge[0] ? sum.nudge : [part.nudge[0], 0, 0];
      put("nudge", [part.nudge[0], before[1] + part.nudge[1], before[2] + part.nudge[2]]);
    }
    if (part.turn) sum.turn = true;
    if (part.rewind) sum.rewind = true;
    newest = sum;
    if (!waiting) flush();
  }

  // ---- controls
  const time = spec.controls.find((control) => control.play)?.name;
  function gesture() { picture.keepGhost(); } // the state before this movement stays as a ghost
  function changed(name, value, others = {}) {
    if (name !== time && !spec.knobs.includes(name)) setRunning(false);
    if (name === time && !player.playing() && !stepping) setRunning(false);
    send({ values: { ...others, [name]: value }, turn: running && spec.knobs.includes(name) });
    markPresets({ ...current(), ...others, [name]: value });
  }
  function makeControl(control) {
    if (control.kind === "widget") return makeForeign(control, model);
    const make = { slider: makeSlider, menu: makeMenu, points: makeOwnPoints, pad: makePad }[control.kind];
    return make(control, changed, control.name === time ? () => { stopped(); gesture(); } : gesture);
  }
  const controls = Object.fromEntries(spec.controls.map((control) => [control.name, makeControl(control)]));
  const own = spec.controls.filter((control) => control.kind === "points").map((control) => controls[control.name]);
  const pads = spec.controls.filter((control) => control.kind === "pad").map((control) => controls[control.name]);
  const current = () => Object.fromEntries(Object.entries(controls).map(([name, control]) => [name, control.get()]));
  function showValues(reply) {
    for (const name in controls) controls[name].show(reply.values[name]);
    markPresets(reply.values);
  }
  function all(values) {
    stopped();
    setRunning(false);
    gesture();
    for (const name in values) controls[name].show(values[name]);
    markPresets({ ...current(), ...values });
    newest = null; // whatever still waits, all is set now
    send({ values, rewind: true });
  }

  // ---- the player of a run
  let stepping = false;
  function setRunning(now) {
    running = now;
    root?.classList.toggle("running", running && spec.knobs.length > 0);
  }
  const stopped = () => player?.stop();
  const stepped = (move) => (to) => { stepping = true; move(to); stepping = false; };
  const turns = element("div", { class: "turns" });
  const player = time ? makePlayer(
    { ...controls[time], at: stepped(controls[time].at), beside: stepped(controls[time].beside) },
    { gesture, setRunning, rested: () => speak(wordsOf(model.get("reply").caption)), rewind() {
      setRunning(true);
      const slider = controls[time];
      slider.show(slider.steps.log ? 10 ** slider.steps.low : slider.steps.low);
      send({ values: { [time]: slider.get() }, rewind: true });
    } }) : null;
  function replay() {
    if (!player) return;
    player.stop();
    controls[time].show(controls[time].steps.high);
    player.start();
  }
  function showTurns(list) {
    turns.replaceChildren(...list.map(([step, knobs]) => element("span", {}, Object.entries(knobs).map(([name, value]) =>
      `${controls[name].label} → ${controls[name].shown(value)} at ${step}`).join(", "))));
  }

  // ---- presets, reset, code
  const buttons = Object.entries(spec.presets).map(([name, values]) => {
    const button = element("button", { type: "button", "aria-pressed": "false" }, name);
    button.addEventListener("click", () => all({ ...spec.defaults, ...values }));
    return { button, values: { ...spec.defaults, ...values } };
  });
  const same = (a, b) => Array.isArray(a) ? JSON.stringify(a) === JSON.stringify(b)
    : typeof a === "number" ? Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a)) : a === b;
  function markPresets(values) {
    for (const { button, values: wanted } of buttons) {
      button.setAttribute("aria-pressed", String(Object.entries(wanted).every(([name, value]) => same(value, values[name]))));
    }
    const hidden = spec.controls.filter((control) => control.more && !same(spec.defaults[control.name], values[control.name]));
    more.summary.textContent = hidden.length ? `More (changed: ${hidden.map((control) => control.label).join(", ")})` : "More";
  }
  const reset = element("button", { type: "button", title: "Back to the starting values" }, "Reset");
  reset.addEventListener("click", () => { all(spec.defaults); picture.dropGhost(); });
  const copy = element("button", { type: "button", title: "The cell that repeats what is shown" }, "Copy as code");
  const code = element("div", { class: "code" });
  code.hidden = true;
  let coded = ""; // what the figure showed when its code was taken
  const shownNow = () => JSON.stringify([model.get("reply").values, model.get("reply").turns]);
  copy.addEventListener("click", () => {
    if (code.hidden || coded !== shownNow()) post({ code: true, client });
    else code.hidden = true;
  });
  async function showCode(message) {
    if (message.code === undefined || message.client !== client) return;
    const text = element("pre", { tabindex: "0", "aria-label": "Code of this figure" }, message.code);
    const words = element("div", { role: "status" }, "Select it, or paste it: ");
    const close = element("button", { type: "button" }, "Close");
    close.addEventListener("click", () => { code.hidden = true; copy.focus(); });
    code.replaceChildren(words, text, close);
    code.hidden = false;
    coded = shownNow();
    try {
      await navigator.clipboard.writeText(message.code);
      words.textContent = "Copied. Paste it into a cell below.";
    } catch {
      words.textContent = "Select and copy it into a cell below.";
      getSelection().selectAllChildren(text);
    }
  }

  // ---- answers
  function speak(words) {
    clearTimeout(said);
    if (player?.playing()) return;
    said = setTimeout(() => { spoken.textContent = words; }, QUIET);
  }
  let written = null;
  function showReply(reply) {
    if (reply.caption !== written) showCaption(caption, reply.caption, picture.light);
    written = reply.caption;
    caption.classList.toggle("failed", reply.failed);
    picture.canvas.classList.toggle("old", reply.failed);
    if (spec.knobs.length) showTurns(reply.turns ?? []);
    if (!code.hidden && coded !== shownNow()) {
      code.firstChild.textContent = "The figure has moved since. Press Copy as code again for what it shows now.";
    }
  }
  function answer() {
    const reply = model.get("reply");
    if (reply.client === client && reply.seq >= waiting) {
      waiting = 0;
      clearTimeout(soon);
      clearTimeout(patience);
      if (!lost) state("ready");
    }
    showReply(reply);
    if (newest) { if (!waiting) flush(); }
    else if (!waiting) {
      if (!reply.failed) showValues(reply);
      if (reply.client === client) speak(wordsOf(reply.caption)); // what the reader moved here, not what the page loads
    }
  }
  function locked() {
    root.classList.toggle("locked", model.get("locked"));
  }

  // ---- the page
  const rows = (folded) => spec.controls.filter((control) => Boolean(control.more) === folded && control.name !== time)
    .map((control) => controls[control.name].row);
  const more = { summary: element("summary", {}, "More") };
  more.box = element("details", { class: "more" }, more.summary, element("div", { class: "controls" }, ...rows(true)));
  more.box.hidden = !rows(true).length;
  const hands = makeHands(picture, spec, { send: (part) => { setRunning(false); send(part); }, gesture,
    replay, own, pads });
  picture.whenDrawn(() => { hands.place(); onReady(); });
  const runBox = time ? element("div", { class: "run" }, player.bar, controls[time].row, turns) : "";
  const body = element("fieldset", {},
    element("legend", { class: "spoken" }, `Controls of ${spec.title}`),
    element("div", { class: "presets" }, ...buttons.map(({ button }) => button),
      element("span", { class: "end" }, reset, copy)), code,
    element("div", { class: "controls" }, ...rows(false)), more.box, hands.box, runBox);
  const root = element("div", { class: "course-live" }, element("style", {}, CSS),
    element("div", { class: "head" }, element("div", { class: "title" }, spec.title), status),
    element("div", { class: "plate" }, "Answer the question above first; then this figure opens."),
    body, caption, spoken);
  root.addEventListener("keydown", keepKeys);
  root.style.maxWidth = `${spec.size[0]}px`;
  host.append(root);

  // ---- width and theme
  let look = "", room = 0;
  function chooseLook() {
    room = Math.floor(root.clientWidth) || room; // while JupyterLab changes its theme nothing has a width
    if (!room) return;
    const width = room >= spec.size[0] ? spec.size[0] : Math.max(240, 40 * Math.floor(room / 40));
    const name = `${width}-${isDark() ? "dark" : "light"}`;
    root.classList.toggle("dark", isDark());
    if (name === look) return;
    look = name;
    picture.wants(name);
    if (!model.get("backgrounds")?.[name] && !lost) post({ look: [width, isDark()] });
  }
  const sizes = new ResizeObserver(chooseLook);
  sizes.observe(root);
  const themes = new MutationObserver(chooseLook);
  themes.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });

  // ---- Python
  const GONE = { restarting: 1, autorestarting: 1, dead: 1, terminating: 1, starting: 1 };
  const python = watchPython(model, (now) => {
    if (now in GONE) lose(now === "dead" || now === "terminating"
      ? "Python has stopped. Start it, run the imports at the top and this cell again to move this figure."
      : "Python was restarted. Run the imports at the top and this cell again to move this figure.");
    else if (now === "disconnected" || now === "connecting") {
      if (!lost) state("waiting", "The connection to Python is interrupted; picture and caption are the ones from before.");
    } else if (now === "idle" && waiting) { // perhaps it was lost; if not, Python knows it by its number
      const unanswered = waiting;
      setTimeout(() => { if (waiting === unanswered && !lost) post(flying); }, PATIENCE);
    } else if (now !== "busy" && !lost && !waiting && root.dataset.state === "waiting") state("ready");
  });

  model.on("change:reply", answer);
  model.on("change:locked", locked);
  model.on("msg:custom", showCode);
  const foreign = Object.values(controls).filter((control) => control.made);
  state("ready");
  locked();
  showReply(model.get("reply"));
  showValues(model.get("reply"));
  chooseLook();

  return () => {
    clearTimeout(soon);
    clearTimeout(patience);
    clearTimeout(said);
    player?.stop();
    foreign.forEach((control) => control.close());
    model.off("change:reply", answer);
    model.off("change:locked", locked);
    model.off("msg:custom", showCode);
    python.close();
    sizes.disconnect();
    themes.disconnect();
    picture.close();
    root.remove();
  };
}

// ------------------------------------------------------------------------------------------------- place in the page
//
// The output of a cell is an image, a PNG inside HTML, so a notebook opened without its kernel shows a picture. Its head holds the figure's id;
// where the page shows such a picture, now or later, in one output or in several, the live figure takes its place.

const HEAD = 400; // characters of a PNG in which the id stands

function idOf(image) {
  const data = image.src?.startsWith("data:image/png;base64,") ? image.src.slice(22, 22 + HEAD) : "";
  if (!data) return "";
  try {
    return atob(data).match(/course-live:([0-9a-f]{16})/)?.[1] ?? "";
  } catch {
    return "";
  }
}

// One observer for all figures of the page, whichever script made it.
function room() {
  if (globalThis.courseLive) return globalThis.courseLive;
  const found = { mount: new Map(), views: new Map(), ids: new WeakMap() };
  found.look = () => {
    for (const [image, view] of found.views) {
      if (!image.isConnected) { found.views.delete(image); view.close(); }
    }
    for (const image of document.querySelectorAll("img[src^='data:image/png']")) {
      if (found.views.has(image)) continue;
      if (!found.ids.has(image)) found.ids.set(image, idOf(image));
      const mount = found.mount.get(found.ids.get(image));
      if (mount) found.views.set(image, mount(image));
    }
  };
  let asked = false;
  const inside = (node) => node.nodeType !== 1 || node.closest?.(".course-live");
  new MutationObserver((changes) => {
    const relevant = (change) => [...change.addedNodes, ...change.removedNodes].some((node) => node.nodeType === 1)
      && !inside(change.target);
    if (asked || !changes.some(relevant)) return;
    asked = true;
    queueMicrotask(() => { asked = false; found.look(); });
  }).observe(document.body, { childList: true, subtree: true });
  return (globalThis.courseLive = found);
}

function initialize({ model }) {
  const { id, title, alt } = model.get("spec");
  const mount = (image) => {
    const host = element("div", { class: "course-live-place" });
    image.after(host);
    image.alt = `${title}. ${alt}`;
    const hidden = image.style.display;
    const show = () => { image.style.display = "none"; host.classList.add("ready"); };
    if (model.get("locked")) show();
    const close = build(model, host, { onReady: show });
    return { close() { close(); host.remove(); image.style.display = hidden; } };
  };
  const page = room();
  page.mount.set(id, mount);
  page.look();
  return () => {
    page.mount.delete(id);
    for (const [image, view] of page.views) {
      if (page.ids.get(image) === id) { page.views.delete(image); view.close(); }
    }
  };
}

function render({ model, el }) {
  return build(model, el);
}

export default { initialize, render };
