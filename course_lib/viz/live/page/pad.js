// A drawing pad: pointer, finger or arrow keys paint an array of shares of ink. What is painted shows at once, before
// Python hears of it.

function makePad(control, changed, gesture) {
  const { rows, columns, brush } = control;
  let ink = new Float32Array(rows * columns), erasing = false;
  const pad = { ahead: false, redraw() {} }; // ahead: painted here, and not yet in the frame
  function give(others) {
    pad.ahead = true;
    pad.redraw();
    changed(control.name, pad.get(), others);
  }
  pad.get = () => Array.from({ length: rows }, (_, row) =>
    Array.from(ink.subarray(row * columns, (row + 1) * columns), (share) => Math.round(100 * share) / 100));
  // From one place to another, in cells from the upper left corner; the edge of the pen is one cell soft.
  function paint([x0, y0], [x1, y1]) {
    const length = (x1 - x0) ** 2 + (y1 - y0) ** 2;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const [x, y] = [column + 0.5 - x0, row + 0.5 - y0];
        const t = length ? Math.min(1, Math.max(0, (x * (x1 - x0) + y * (y1 - y0)) / length)) : 0;
        const distance = Math.hypot(x - t * (x1 - x0), y - t * (y1 - y0));
        const cover = Math.min(1, Math.max(0, brush + 0.5 - distance)), i = row * columns + column;
        ink[i] = erasing ? Math.min(ink[i], 1 - cover) : Math.max(ink[i], cover);
      }
    }
  }
  pad.stroke = (...places) => {
    places.slice(1).forEach((place, i) => paint(places[i], place));
    give(control.needs);
  };
  // Entries of the color table for the image that is the paper.
  pad.entries = ({ low, high }) =>
    Uint8Array.from(ink, (share) => Math.min(254, Math.max(0, (share - low) * 254 / (high - low))));

  const buttons = ["Pen", "Eraser"].map((name, i) => {
    const button = element("button", { type: "button", "aria-pressed": String(!i) }, name);
    button.addEventListener("click", () => {
      erasing = Boolean(i);
      buttons.forEach((each, k) => each.setAttribute("aria-pressed", String(k === i)));
    });
    return button;
  });
  const clear = element("button", { type: "button" }, "Clear");
  clear.addEventListener("click", () => { gesture(); ink.fill(0); give(control.needs); });
  const row = element("div", { class: "control own", role: "group", "aria-label": control.label },
    element("span", { class: "name" }, control.label), element("div", {}, ...buttons, clear));
  row.dataset.name = control.name;
  return Object.assign(pad, { row, gesture, rows, columns, name: control.name, label: control.label,
    show(value) { ink = Float32Array.from(value.flat()); pad.ahead = false; pad.redraw(); }, shown: () => "a drawing" });
}

// The paper over the picture. By keyboard, arrow keys move the brush and the space bar sets the pen down or lifts it.
function padSurface(pad) {
  const { rows, columns } = pad;
  const ring = element("span", { class: "ring" });
  const node = element("button", { type: "button", class: "pad" }, ring);
  const brush = [columns, rows].map((length) => Math.floor(length / 2) + 0.5);
  let last = null, pointer = null, down = false;
  const placeOf = (event) => {
    const area = node.getBoundingClientRect();
    return [(event.clientX - area.left) / area.width * columns, (event.clientY - area.top) / area.height * rows];
  };
  function tell() {
    ring.style.left = `${100 * brush[0] / columns}%`;
    ring.style.top = `${100 * brush[1] / rows}%`;
    const [column, row] = brush.map((v) => Math.min(Math.floor(v), columns - 1));
    node.setAttribute("aria-label", `${pad.label}: brush at row ${row}, column ${column}. Arrow keys move it, the space `
      + "bar sets the pen down or lifts it");
    node.setAttribute("aria-pressed", String(down));
  }
  node.addEventListener("pointerdown", (event) => {
    if (event.button > 0 || last || node.matches(":disabled")) return;
    event.preventDefault();
    node.dataset.by = "pointer"; // then no brush of the keyboard is shown
    node.focus({ preventScroll: true });
    node.setPointerCapture(event.pointerId);
    pointer = event.pointerId;
    last = placeOf(event);
    pad.gesture();
    pad.stroke(last, last);
  });
  node.addEventListener("pointermove", (event) => {
    if (!last || event.pointerId !== pointer) return;
    const between = event.getCoalescedEvents?.() ?? []; // a fast hand moves several times between two pictures
    const places = (between.length ? between : [event]).map(placeOf);
    pad.stroke(last, ...places);
    last = places.at(-1);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    node.addEventListener(end, (event) => { if (event.pointerId === pointer) last = null; });
  }
  node.addEventListener("click", (event) => {
    if (event.detail) return; // by a pointer, whose stroke is painted already
    down = !down;
    if (down) { pad.gesture(); pad.stroke(brush, brush); }
    tell();
  });
  node.addEventListener("keydown", (event) => {
    delete node.dataset.by;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const from = [...brush];
    step.forEach((d, k) => {
      brush[k] = Math.min([columns, rows][k] - 0.5, Math.max(0.5, brush[k] + d * (event.shiftKey ? 5 : 1)));
    });
    if (down) pad.stroke(from, brush);
    tell();
  });
  node.addEventListener("blur", () => { down = false; delete node.dataset.by; tell(); });
  tell();
  return node;
}
