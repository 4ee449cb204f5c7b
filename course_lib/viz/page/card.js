// The page's side of a prediction: it makes the question, which stands on the page as plain HTML with its mathematics
// typeset, one that can be answered, in place.
//
// Traits from Python: page (the plain HTML), mark (the class by which the question is found), answer (empty before the
// choice; then chosen, right, verdict, reply, why). To Python: {choose: index}.

const PATIENCE = 2000; // ms without an answer before the reader is told
const BUSY = "The kernel is busy. Your prediction is sent and is answered when the kernel is free.";
const DEAD = "The kernel no longer knows this question. Run the imports at the top and this cell again to answer it.";

function typeset(model, node) {
  const manager = model.widget_manager;
  const typesetter = (manager?.rendermime ?? manager?._rendermime)?.latexTypesetter;
  if (typesetter) typesetter.typeset(node);
  else window.MathJax?.typesetPromise?.([node]);
}

// Radio inputs round the choices, a button, and room for the answer. The nodes of question and choices are kept: the
// front end has typeset them, or is about to.
function dress(card, changed, choose) {
  const name = `course-predict-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
  const list = card.querySelector("ul");
  card.querySelector("p").id = name;
  list.setAttribute("role", "radiogroup");
  list.setAttribute("aria-labelledby", name);
  const radios = [], marks = [];
  for (const item of list.children) {
    const radio = element("input", { type: "radio", name }), mark = element("span", { class: "mark" });
    radio.addEventListener("change", changed);
    item.setAttribute("role", "none");
    item.append(element("label", {}, radio, element("span", { class: "choice" }, ...item.childNodes), mark));
    radios.push(radio);
    marks.push(mark);
  }
  const button = element("button", { type: "button", disabled: "" }, "Lock in my prediction");
  button.addEventListener("click", () => choose(radios.findIndex((radio) => radio.checked)));
  for (const node of [...radios, button]) node.addEventListener("keydown", keepKeys);
  const answer = element("div", { class: "answer", "aria-live": "polite", tabindex: "-1" });
  const status = element("p", { class: "status", role: "status" });
  card.prepend(element("style", {}, CSS));
  card.append(button, answer, status);
  return { card, radios, marks, button, answer, status };
}

function mark(index, { chosen, right }) {
  if (index === right) return index === chosen ? "✓ your prediction, right" : "✓ right";
  return index === chosen ? "✗ your prediction" : "";
}

function showQuestion({ radios, button, status }, sent, connected, words) {
  radios.forEach((radio, index) => {
    radio.disabled = sent !== null || !connected;
    if (sent !== null) radio.checked = index === sent;
  });
  button.disabled = !connected || !radios.some((radio) => radio.checked);
  button.setAttribute("aria-disabled", String(sent !== null || button.disabled)); // not disabled: it keeps the focus
  status.textContent = words;
}

function showAnswer(model, { card, radios, marks, button, answer, status }, said) {
  const reading = card.contains(document.activeElement);
  card.classList.add("answered");
  radios.forEach((radio, index) => {
    radio.checked = index === said.chosen;
    radio.disabled = true;
    marks[index].textContent = mark(index, said);
    const item = radio.closest("li");
    item.classList.toggle("right", index === said.right);
    item.classList.toggle("wrong", index === said.chosen && index !== said.right);
  });
  button.hidden = true;
  status.textContent = "";
  answer.replaceChildren(element("p", {}, element("strong", {}, said.verdict), ` ${said.reply}`),
    element("p", {}, said.why));
  typeset(model, answer);
  if (reading) answer.focus({ preventScroll: true }); // the button that had the focus is gone
}

function initialize({ model }) {
  const name = model.get("mark");
  const dressed = new WeakMap(); // an element that shows the question -> its parts; it may leave the page and return
  let sent = null, connected = true, timer = 0, status = "";

  function show() {
    for (const card of document.getElementsByClassName(name)) {
      if (!dressed.has(card)) dressed.set(card, dress(card, show, choose));
      const parts = dressed.get(card), said = model.get("answer");
      if (said.chosen === undefined) showQuestion(parts, sent, connected, status);
      else if (!parts.button.hidden) showAnswer(model, parts, said);
    }
  }

  function choose(index) {
    if (sent !== null) return;
    sent = index;
    timer = setTimeout(() => { status = BUSY; show(); }, PATIENCE);
    try {
      model.send({ choose: index });
      show();
    } catch {
      lost();
    }
  }

  function lost() {
    clearTimeout(timer);
    [sent, connected, status] = [null, false, DEAD];
    show();
  }

  // At a restart, a crash, a lost connection, and when a connection is found again.
  async function liveness() {
    const self = await model.widget_manager?.get_model?.(name.split("-").at(-1)).catch(() => null);
    if (!self?.comm_live) return lost();
    [connected, status] = [true, ""];
    show();
  }

  const added = (node) => node.nodeType === Node.ELEMENT_NODE
    && (node.classList.contains(name) || node.getElementsByClassName(name).length > 0);
  const observer = new MutationObserver((changes) => {
    if (changes.some((change) => [...change.addedNodes].some(added))) show();
  });
  observer.observe(document.body, { childList: true, subtree: true });
  model.on("change:answer", () => { clearTimeout(timer); show(); });
  model.on("comm_live_update", liveness);
  model.on("destroy", lost);
  show();
  return () => {
    clearTimeout(timer);
    observer.disconnect();
  };
}

// Only where the cell's own HTML is not shown beside the widget: once it is in the page, it is found like any other.
function render({ model, el }) {
  el.innerHTML = model.get("page");
  typeset(model, el);
}

export default { initialize, render };
