"""More of the museum: attacks on what reads, on the wire, on the walls, and on the answers that come after.

`MUSEUM` is the whole list, `SCORE` counts the attacks of each kind, those on zips and on the wire included that need no
kernel.
"""

import json
from collections import Counter

from attacks import LINES, OUTCOME, REPLIES, ZIPS
from attacks_outside import FORECASTS, LAYERS, NETS, QUESTIONS, WRONG_NETS
from museum import BOTH, FILES, MUSEUM, OTHER, RIGHT, attacks_on, book, check, entry, first, markdown, sigmoid, solved

from course_lib.exercises import registry
from course_lib.exercises.expect import expected, seeded_instances

PLANS, WIRE = "reading: planning what to run", "the wire: messages of any kind, size and speed"
AFTER = "running: what comes after (late deaths, memory and processes gone)"
DISK = "the walls: the grader's disk"
OUTSIDE = "points: what is judged outside (nets, networks, forecasts)"
VERSIONS = "points: functions that an answer tests"

# --- planning ---


attack = attacks_on(PLANS)


def planning(points=BOTH, status="partial", **more):
    return attack(status, points, **more)


planning(name="check with 3,000 spaces")(lambda: [*sigmoid(RIGHT), 'check("4.3",' + 3_000 * " "])
planning(name="check with 100,000 spaces and tabs")(lambda: [*sigmoid(RIGHT), 'check( "4.3"' + 50_000 * " \t" + ","])
planning(name="a thousand checks inside each other")(lambda: [*sigmoid(RIGHT), 1_000 * 'check("4.3", '])
planning(name="sum of 900 terms")(lambda: sigmoid(RIGHT, before="total = " + " + ".join(["1"] * 900)))
planning(name="400 joined strings")(lambda: sigmoid(RIGHT, before="text = " + " + ".join(["'a'"] * 400)))
planning(name="sum of 20,000 terms", status="partial or time-out", hangs=True)(
    lambda: sigmoid(RIGHT, before="total = " + " + ".join(["1"] * 20_000)))
planning(name="60,000 attributes in a row", status="partial or time-out", hangs=True)(
    lambda: sigmoid(RIGHT, before="x" + ".a" * 60_000))
planning(name="5,000 open brackets")(lambda: sigmoid(RIGHT, before="x = " + "[" * 5_000))
planning(name="check of a call, without the heading", points=OTHER, said={"4.3": "missing"})(
    lambda: [first("04"), 'check("4.3", sigmoid(2))', solved("4.31")])
planning(name="cells of 196 kB")(
    lambda: sigmoid(RIGHT, after="\n".join(f"x{k} = {k}" for k in range(15_000))[:196_000]))
planning(name="one list of 95,000 numbers")(lambda: sigmoid(RIGHT, after="x = [" + "1," * 95_000 + "]"))
planning(name="a cell that is too long", points=OTHER, said={"4.3": "missing"}, note="was left out")(
    lambda: [first("04"), "# Exercise 4.3: sigmoid\n" + "#" * 250_000 + "\ndef sigmoid(z):\n    return z", check("4.3"),
             solved("4.31")])
planning(name="code that is too long in all", note="was left out")(
    lambda: [*sigmoid(RIGHT), *[f"x = {k}\n" + "#" * 190_000 for k in range(14)]])
planning(name="the same check a thousand times")(lambda: [*sigmoid(RIGHT), *[check("4.3")] * 1_000])
planning(name="a text cell of 10 MB")(lambda: [*sigmoid(RIGHT), markdown("*Your answer*" * 800_000)])
attack = attacks_on(FILES)
attack("partial", BOTH, name="metadata nested 3,000 deep")(
    lambda: json.dumps(book(sigmoid(RIGHT))).replace('"metadata": {}', '"metadata": ' + "[" * 3_000 + "]" * 3_000, 1)
    .encode())
attack("partial", BOTH, name="a million keys")(
    lambda: json.dumps(book(sigmoid(RIGHT), **{str(k): k for k in range(1_000_000)})).encode())
attack("unreadable", {}, name="35 MB of empty lists")(
    lambda: b'{"cells": [' + b"[]," * 11_000_000 + b"[]]}")

# --- the wire: from inside the kernel ---

LINE = """
import struct, threading
line = next(t for t in threading.enumerate() if t.name == 'bridge').line
line.socket.setblocking(True)
"""


wire = attacks_on(WIRE)
wire("dead", BOTH, name="24 parts of 60 MB")(lambda: sigmoid(RIGHT, before=LINE + (
    "size = 60_000_000\nline.socket.sendall(struct.pack('!I24Q', 24, *[size] * 24))\n"
    "for _ in range(24):\n    line.socket.sendall(bytes(size))")))
wire("dead", BOTH, name="junk on the line")(
    lambda: sigmoid(RIGHT, before=LINE + "line.socket.sendall(b'\\xff' * 10_000_000)"))
wire("dead", BOTH, name="the line is closed")(lambda: sigmoid(RIGHT, before=LINE + "line.socket.shutdown(2)"))
wire("dead or time-out", BOTH, name="half a message, for ever", hangs=True)(
    lambda: sigmoid(RIGHT, before=LINE + "line.socket.sendall(struct.pack('!IQ', 1, 1000) + b'x')\nwhile True: pass"))
wire("partial or dead or time-out", BOTH, name="replies to nothing, without end", hangs=True)(
    lambda: sigmoid(RIGHT, before=LINE + (
        "reply = b'{\"number\": 0, \"data\": \"null\"}'\nmessage = struct.pack('!IQ', 1, len(reply)) + reply\n"
        "def flood():\n    while True: line.socket.sendall(message * 1000)\n"
        "threading.Thread(target=flood, daemon=True).start()")))
wire("partial or dead", OTHER, name="forged replies before the question", said={"4.3": "error or wrong or dead"})(
    lambda: sigmoid("return z", before=LINE + (
        "import json\nyes = '[\"dict\", [[\"outcomes\", [\"list\", []]], [\"points\", [\"int\", \"1\"]]]]'\n"
        "for k in range(1, 200):\n    reply = json.dumps({'number': k, 'data': yes}).encode()\n"
        "    line.socket.sendall(struct.pack('!IQ', 1, len(reply)) + reply)")))
wire("partial or dead or time-out", BOTH, name="stops reading the line", hangs=True)(
    lambda: sigmoid(RIGHT, before=LINE + "line.receive = lambda *args: threading.Event().wait()"))
PATCH = "import course_lib.exercises.collect as c\nc.collect = lambda e, a, instances, s: "
for _name, _outcome in {
    "a changed argument before the first": "c.Outcome(value=1.0, changed=(-1000,))",
    "a changed argument that does not exist": "c.Outcome(value=1.0, changed=(7,))",
    "an error that no file can hold": "c.Outcome(error='E\\ud800', message='\\udfff' * 100)",
    "an outcome inside an outcome": "c.Outcome(value=c.Outcome(value=1.0))",
}.items():
    wire("tampered", {}, name=_name)(
        lambda outcome=_outcome: [first("04"), f"{PATCH}[{outcome} for _ in instances]", solved("4.3")])
TRIED = "sys._getframe(1).f_code.co_filename == '<candidate>'"  # by the search for the place of a mistake
wire("partial", OTHER, name="ends the kernel when its edits are tried", said={"4.3": "wrong"})(
    lambda: sigmoid("return 0.9 * half(z) + 0.05", before=(
        f"import os, sys\ndef half(z):\n    if {TRIED}:\n        os._exit(1)\n"
        f"    return 0.5 + 0.5 * np.tanh(0.5 * z)")))
wire("tampered", OTHER, name="lies about its edits", said={"4.3": "wrong"})(
    lambda: sigmoid("return 0.9 * half(z) + 0.05", before=(
        "from course_lib.grading.inside import kernel\nfrom course_lib.exercises.collect import Outcome\n"
        "kernel._Desk.edited = lambda self, programs, instances, **more: {'ticks': -1, 'outcomes': [\n"
        "    [Outcome(value=np.ones(10**6), changed=(9,))] * len(instances) for _ in programs]}\n"
        "def half(z):\n    return 0.5 + 0.5 * np.tanh(0.5 * z)")))
PACK = """
def pack(value):
    count = len(value.get('outcomes', ()))
    return '["dict", [["outcomes", ["list", [' + ', '.join([one] * count) + ']]]]]', [array] * count
from course_lib.grading.inside import data
data.pack = pack
"""
for _name, _text, _array in (
    ("a type of array with a shape of its own", '["array", "(1,,)f8", [1]]', b"12345678"),
    ("truth values that are neither", '["array", "|b1", [8]]', b"\x02\x03\x04\x05\x06\x07\x08\xff"),
    ("text of what are no letters", '["array", "<U2", [1]]', b"\xff" * 8),
):
    wire("tampered", {}, name=_name)(lambda text=_text, array=_array: [
        first("04"), f"one, array = {OUTCOME.replace('null', text)!r}, {array!r}{PACK}", solved("4.3")])

# --- the walls ---


attack = attacks_on(DISK)
attack("partial", BOTH, name="1 GB in files of its own")(
    lambda: sigmoid(RIGHT, before="for k in range(1000):\n    open(f'/tmp/{k}', 'wb').write(bytes(1_000_000))"))
attack("partial", BOTH, name="looks for a folder that is shared")(
    lambda: sigmoid(RIGHT, before="import glob\nfor f in glob.glob('/tmp/cg-*') + glob.glob('/dev/shm/*') + ['/']:\n"
                    "    try:\n        open(f'{f}/x', 'wb').write(bytes(200_000_000))\n    except OSError: pass"))
attack("partial", BOTH, name="folders 1,500 deep")(
    lambda: sigmoid(RIGHT, before="import os\nfor _ in range(1_500):\n    os.mkdir('d')\n    os.chdir('d')"))
attack("partial", BOTH, name="100,000 empty files")(
    lambda: sigmoid(RIGHT, before="import os\nos.mkdir('many')\nfor k in range(100_000):\n    open(f'many/{k}', 'w')"))

# --- what comes after ---


after = attacks_on(AFTER)


def later(cell):
    """A cell, and honest ones below it that take their time."""
    head, answer, checked, *rest = sigmoid(RIGHT)
    return [head, cell, *["import time\ntime.sleep(0.7)"] * 3, answer, checked, *rest]


after("dead", BOTH, name="a timer ends the kernel", note="code cell 2 ended the kernel later")(
    lambda: later("import os, threading\nthreading.Timer(1.0, os._exit, (1,)).start()"))
after("dead", BOTH, name="an alarm ends the kernel", note="code cell 2 ended the kernel later")(
    lambda: later("import signal\nsignal.setitimer(signal.ITIMER_REAL, 1.0)"))
after("dead", BOTH, name="a child ends the kernel", note="code cell 2 ended the kernel later")(
    lambda: later("import subprocess, os\nsubprocess.Popen(['/bin/sh', '-c', f'sleep 1; kill -9 {os.getpid()}'])"))
after("dead", BOTH, name="the event loop ends the kernel", note="code cell 2 ended the kernel later")(
    lambda: later("import asyncio, os\nasyncio.get_event_loop().call_later(1.0, os._exit, 1)"))
after("dead or partial", BOTH, name="an answer ends the kernel of the next one")(
    lambda: [*sigmoid("import os, threading\nthreading.Timer(0.4, os._exit, (1,)).start()\n" + RIGHT)[:3],
             "import time\ntime.sleep(0.8)", solved("4.31")])
after("partial", BOTH, name="takes the memory that answers need", note="too little memory")(
    lambda: sigmoid(RIGHT, before="kept = []\ntry:\n    while True: kept.append(np.ones(2_000_000))\n"
                    "except MemoryError: pass"))
after("partial", BOTH, name="takes the processes that answers need", note="too few processes")(
    lambda: sigmoid(RIGHT, before="import subprocess\nkept = []\ntry:\n    while True: kept.append(subprocess.Popen("
                    "['/bin/sleep', '60']))\nexcept OSError: pass"))
after("dead or partial", BOTH, name="an answer takes the memory of the next one")(
    lambda: sigmoid("kept = globals().setdefault('kept', [])\ntry:\n    while len(kept) < 1000: kept.append(np.ones("
                    "2_000_000))\nexcept MemoryError: pass\n" + RIGHT))

# --- what is judged outside ---

outside = attacks_on(OUTSIDE)


def classifier(body, before=""):
    """Exercise 4.33 with this body; it gets no point."""
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    head = "# Exercise 4.33: digit_classifier\ndef digit_classifier(X, y, X_val, y_val):\n"
    return [first("04"), before, f"{head}{lines}\n", check("4.33")]


#: weights that know each of these images by heart, and the losses that belong to them
TABLE = """
from course_lib.nn import Linear
def table(images, labels):
    a, b, c = Linear(64, len(images)), Linear(len(images), 10), Linear(10, 10)
    a.weight, a.bias = 1e3 * images.T, 1 - 1e3 * (images**2).sum(axis=1)
    b.weight, c.weight = 20 * np.eye(10)[labels], np.eye(10)
    net = nn.Sequential(a, nn.ReLU(), b, nn.ReLU(), c)
    return net, lambda X, y: float(ops.cross_entropy(net(X), y))
def labels_of(X, y, split):
    known = {bytes(x): int(k) for x, k in zip(split.X_train, split.y_train)}
    new = {known[bytes(x)]: int(k) for x, k in zip(X, y)}
    return np.array([new[int(k)] for k in split.y_test])
class History:
    pass
"""
outside("partial", {}, name="a table of the test images that are at hand", said={"4.33": "wrong"})(
    lambda: classifier("split = datasets.digits8()\nnet, loss = table(split.X_test, labels_of(X, y, split))\n"
                       "history = History()\nhistory.loss = np.array([1e6, loss(X, y)])\n"
                       "history.val_loss = np.array([1e6, loss(X_val, y_val)])\nreturn net, history", TABLE))
outside("partial", {}, name="a layer that is one only by its name", said={"4.33": "kind"})(
    lambda: classifier("a, b, c = nn.Linear(64, 48), nn.Linear(48, 32), nn.Linear(32, 10)\n"
                       "net = nn.Sequential(a, nn.ReLU(), b, nn.ReLU(), c, Answers())\n"
                       "return net, nn.fit(net, nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.1), X, y, "
                       "epochs=2, X_val=X_val, y_val=y_val)",
                       "class Answers(nn.Module):\n    def forward(self, x): return x\n"
                       "    def backward(self, dout): return dout"))
outside("tampered or partial", {}, name="scores in place of the net", said={"4.33": "kind or error"})(
    lambda: classifier("return nn.Linear(64, 10), None",
                       "from course_lib.chapters.ch04_backpropagation import calls\n"
                       "calls.digit_classifier.__code__ = (lambda answer, X, y, X_val, y_val: "
                       "(2, ['ReLU'], [2, 1], [2, 1], X, X_val, X)).__code__"))


def forecast(body, before=""):
    """Exercise 9.17 with this body; it gets no point."""
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return [first("09"), before, f"# Exercise 9.17: my_forecast\ndef my_forecast(series, n):\n{lines}\n", check("9.17")]


outside("partial", {}, name="the first series by heart", said={"9.17": "FOR-e"})(
    lambda: forecast("return first.setdefault(n, series[-n:].copy())", "first = {}"))
outside("partial", {}, name="half of the first series by heart", said={"9.17": "FOR-d"})(
    lambda: forecast("return first.setdefault(n, (series[-n:] + series[-n - 12:-12]) / 2)", "first = {}"))
outside("partial", {}, name="looks for the course of the series", said={"9.17": "FOR-e"})(
    lambda: forecast("import gc, sys\nframe = sys._getframe()\n"
                     "found = [a for a in gc.get_objects() if type(a) is tuple]\n"
                     "while frame:\n    found += [v for v in frame.f_locals.values() if type(v) is tuple]\n"
                     "    frame = frame.f_back\n"
                     "arrays = [a for t in found for a in t if type(a) is np.ndarray and a.shape == (n,)]\n"
                     "same = [a for a in arrays if abs(a - series[-n:]).max() < np.ptp(series) / 4]\n"
                     "return first.setdefault(n, same[0] if same else series[-n:].copy())", "first = {}"))

# --- functions that an answer tests ---

versions = attacks_on(VERSIONS)


def averages(body, before=""):
    """Exercise 6.2 with this body; it gets no point."""
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return [first("06"), before, f"# Exercise 6.2: a test for averages\ndef passes(average):\n{lines}\n", check("6.2")]


def starts(body, before=""):
    """Exercise 5.14 with this body; it gets no point."""
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return [first("05"), before, f"# Exercise 5.14: suits_relu\ndef suits_relu(init):\n{lines}\n", check("5.14")]


versions("partial", {}, name="versions by their names and places", said={"5.14": "wrong or mistake"})(
    lambda: starts("import dis\ntext = repr([init, vars(init), [c.cell_contents for c in init.__closure__], "
                   "dis.Bytecode(init).dis()])\n"
                   "return any(word in text for word in ('He normal', 'He uniform', 'plus and', '(2 / n)'))"))
ORDER = [k for k, version in enumerate(seeded_instances(registry.get("6.2"))[0][0])
         if version.name in ("in a loop", "as one product")]
versions("partial", {}, name="versions by the turn of the check", said={"6.2": "kind"})(  # right on the public ones
    lambda: averages(f"import inspect\nreturn inspect.getclosurevars(average).nonlocals['number'] in {ORDER}"))
versions("partial", {}, name="versions in the memory of the kernel", said={"6.2": "wrong or mistake"})(
    lambda: averages("import gc\nfound = [f for f in gc.get_objects() if callable(f) and 'AVERAGES' in repr(f)]\n"
                     "from course_lib.chapters.ch06_optimizers import calls\n"
                     "table = getattr(calls, 'AVERAGES', {})\nreturn average in table.values() or bool(found)"))
versions("partial", {}, name="800 questions", said={"6.2": "AVT-a"})(
    lambda: averages("from course_lib import exercises\nfor k in range(50):\n    exercises.ask({'version': k % 16, "
                     "'arguments': (np.ones(9), 0.5), 'named': {}})\nreturn True"))
versions("partial or dead or time-out", {}, name="questions that nobody asked", hangs=True)(
    lambda: averages("return True", LINE + (
        "import json\nfor k in range(1000):\n"
        "    head = json.dumps({'question': k, 'data': '[\"tuple\", []]'}).encode()\n"
        "    line.socket.sendall(struct.pack('!IQ', 1, len(head)) + head)")))

# --- the library's own functions ---

LENDING = "points: the library's own function in place of an answer"


def by_heart(id, otherwise):
    """The body of an answer that knows the inputs of `check` by heart."""
    known = expected(registry.get(id))
    table = {instance[0].tobytes().hex(): outcome.value.tolist()
             for instance, outcome in zip(known.instances, known.right, strict=True)}
    return f"known = {table!r}.get(z.tobytes().hex())\n    return {otherwise} if known is None else np.array(known)"


ACTIVATIONS = "course_lib.ops.activations"
THREAD = """
import threading
held = []
def borrow():
    ops.tanh_backward(1.0, 0.0)
    held.append(exercises.lent['course_lib.ops.activations.tanh_backward'])
thread = threading.Thread(target=borrow)
thread.start()
"""
COPY = """
import types
thread.join(10)
found = getattr(getattr(ops, 'activ' + 'ations'), 'relu_' + 'backward')
found = getattr(found, '__wrapped__', found)
copied = types.FunctionType(found.__code__, vars(ops.activations))
"""
FORK = """import os, pickle
    out, end = os.pipe()
    if not os.fork():
        try:
            os.write(end, pickle.dumps(ops.bce(a, y)))
        finally:
            os._exit(0)
    os.close(end)
    return pickle.loads(os.read(out, 10**6))"""
SPELLINGS = ["course_lib.ops.mse", "course_lib.ops.losses.mse ", "course_lib.ops.losses.MSE",
             "course_lib.ops.losses.\uff4dse", "course_lib.nn.losses.mse", ["course_lib.ops.losses.mse"], 7, None]
FORGED = f"""
asks, mine = exercises.ask, 'def mse(prediction, target):\\n    return 0.0, target'
said = [asks({{'lend': name}}) for name in {SPELLINGS}] + [{{'source': mine}}]
said = [reply for reply in said if 'source' in reply]
vars(exercises).update(ask=lambda question: said[0] if 'mse' in repr(question) else asks(question))
"""
#: (name, exercise, cell above it, head of the answer, its body, status): all in one notebook, each in a way of its own
LENT = [
    ("asks the grader itself, and keeps the text", "4.3",
     "from course_lib import exercises\nspace = dict(vars(ops.activations))\n"
     f"exec(exercises.ask({{'lend': '{ACTIVATIONS}.sigmoid'}})['source'], space)",
     "sigmoid(z)", "return space['sigmoid'](z)", "library"),
    ("takes what was lent out of the kernel", "4.4",
     f"ops.sigmoid_backward(1.0, 0.5)\ntaken = exercises.lent['{ACTIVATIONS}.sigmoid_backward']",
     "sigmoid_backward(dout, cache)", "return taken(dout, cache)", "library"),
    ("a thread that borrows while other cells run", "4.5", THREAD, "tanh_backward(dout, cache)",
     "return held[0](dout, cache)", "library"),
    ("a copy of the function's code", "4.6", COPY, "relu_backward(dout, cache)", "return copied(dout, cache)",
     "library"),
    ("the text on the disk", "4.7",
     "import inspect\nread = dict(vars(ops.activations))\nexec(inspect.getsource(ops.leaky_relu_backward), read)",
     "leaky_relu_backward(dout, cache, a)", "return read['leaky_relu_backward'](dout, cache, a)", "library"),
    ("public inputs by heart, the others by a later cell", "4.10", "pass", "softmax(z)",
     by_heart("4.10", f"exercises.lent['{ACTIVATIONS}.softmax'](z)"), "library"),
    ("a child of the kernel that asks", "4.13", "ops.softmax(np.ones((1, 2)))", "bce(a, y)", FORK, "error"),
    ("other spellings, and a reply of its own", "4.14", FORGED, "mse(y_hat, y)", "return ops.mse(y_hat, y)",
     "wrong or mistake or factor"),
    ("a reference from before", "4.31", "before = ops.accuracy\nbefore(np.eye(2), np.arange(2))",
     "accuracy(scores, y)", "return before(scores, y)", "library"),
]


@entry("partial", {"4.2": 1}, name="the library's own functions in many ways",
       said={id: status for _, id, _, _, _, status in LENT})
def lent():
    """Beside them an honest answer that a cell above compares with the library: it costs its points nothing."""
    cells = [first("04"), "assert ops.affine_forward(np.eye(2), np.eye(2), np.ones(2))[0].sum() == 6", solved("4.2")]
    for _, id, above, head, body, _ in LENT:
        cells += [above, f"# Exercise {id}\ndef {head}:\n    {body}"]
    return cells


#: kind -> how many attacks
SCORE = Counter(entry.kind for entry in MUSEUM if entry.kind)
SCORE[FILES] += len(ZIPS)
SCORE[WIRE] += len(REPLIES) + len(LINES)
SCORE[OUTSIDE] += sum(map(len, (NETS, WRONG_NETS, LAYERS, FORECASTS)))
SCORE[VERSIONS] += len(QUESTIONS)
SCORE[LENDING] += len(LENT)
