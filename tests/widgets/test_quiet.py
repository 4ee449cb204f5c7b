"""A figure's message is answered without `busy`; everything else in the kernel stays as it was."""

import time
from types import SimpleNamespace

import pytest
from ipykernel.kernelbase import Kernel as IPythonKernel
from jupyter_client.manager import start_new_kernel
from needs import this_system

from course_lib.viz import quiet

older = this_system(not hasattr(IPythonKernel, "create_subshell_request"), "this ipykernel has no second thread")

SETUP = """
import comm
from course_lib.viz import quiet
quiet_comm, loud_comm = comm.create_comm("test"), comm.create_comm("test")
heard = []
for each in (quiet_comm, loud_comm):
    each.on_msg(lambda message: heard.append(message["content"]["data"]))
quiet.add(quiet_comm.comm_id)
quiet.add(quiet_comm.comm_id)
ids = {"quiet": quiet_comm.comm_id, "loud": loud_comm.comm_id}
"""


class Kernel:
    """A started kernel, and the states it said while it handled a message."""

    def __init__(self, client):
        self.client = client

    def states(self, message_id, seconds=60):
        """What `message_id` caused to be said, up to its `idle`."""
        found, end = [], time.monotonic() + seconds
        while not found or found[-1] != "idle":
            message = self.client.get_iopub_msg(timeout=max(0.1, end - time.monotonic()))
            if message["parent_header"].get("msg_id") == message_id and message["msg_type"] == "status":
                found.append(message["content"]["execution_state"])
        return found

    def run(self, code):
        """Run code, which must not fail; returns the states."""
        message_id = self.client.execute(code)
        reply = self.client.get_shell_msg(timeout=60)
        assert reply["content"]["status"] == "ok", reply["content"]
        return self.states(message_id)

    def value(self, expression):
        reply = self.client.execute("", user_expressions={"it": expression}, reply=True, timeout=60)
        return eval(reply["content"]["user_expressions"]["it"]["data"]["text/plain"])

    def send(self, comm_id, data, **header):
        """A comm message from the page; returns its id."""
        message = self.client.session.msg("comm_msg", {"comm_id": comm_id, "data": data})
        message["header"].update(header)
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]


@pytest.fixture(scope="module")
def kernel():
    manager, client = start_new_kernel()
    yield Kernel(client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def ids(kernel):
    kernel.run(SETUP)
    return kernel.value("ids")


def test_a_figures_message_is_answered_without_busy(kernel, ids):
    assert kernel.states(kernel.send(ids["quiet"], {"k": 1})) == ["idle"]
    assert kernel.value("heard[-1]") == {"k": 1}


def test_other_messages_say_busy_and_idle(kernel, ids):
    assert kernel.states(kernel.send(ids["loud"], {"k": 2})) == ["busy", "idle"]
    assert kernel.states(kernel.send("unknown", {"k": 3})) == ["busy", "idle"]
    assert kernel.value("heard[-1]") == {"k": 2}


def test_cells_say_busy_and_idle(kernel, ids):
    assert kernel.run("1 + 1") == ["busy", "idle"]
    assert kernel.run("quiet_comm.send({'from': 'a cell'})") == ["busy", "idle"]


@pytest.fixture(scope="module")
def subshell(kernel):
    """JupyterLab 4.6 sends a widget's messages to another thread, also while a cell runs."""
    kernel.client.control_channel.send(kernel.client.session.msg("create_subshell_request"))
    return kernel.client.get_control_msg(timeout=60)["content"]["subshell_id"]


@older
def test_messages_on_another_thread(kernel, ids, subshell):
    assert kernel.states(kernel.send(ids["quiet"], {"k": 4}, subshell_id=subshell)) == ["idle"]
    assert kernel.states(kernel.send(ids["loud"], {"k": 5}, subshell_id=subshell)) == ["busy", "idle"]


@older
def test_the_first_message_does_not_wait_behind_a_running_cell(kernel, ids, subshell):
    kernel.run("answered = comm.create_comm('test'); answered.on_msg(lambda message: answered.send({}))")
    kernel.run("quiet.add(answered.comm_id)")
    name = kernel.value("answered.comm_id")
    cell = kernel.client.execute("import time; time.sleep(3)")
    message = kernel.send(name, {}, subshell_id=subshell)
    ended = []
    while len(ended) < 2:
        heard = kernel.client.get_iopub_msg(timeout=60)
        if heard["msg_type"] == "status" and heard["content"]["execution_state"] == "idle":
            ended += {heard["parent_header"]["msg_id"]} & {cell, message}
    assert ended == [message, cell]
    kernel.client.get_shell_msg(timeout=60)


def test_a_discarded_comm_is_like_all_others(kernel, ids):
    kernel.run("quiet.discard(ids['quiet'])")
    assert kernel.states(kernel.send(ids["quiet"], {"k": 6})) == ["busy", "idle"]
    kernel.run("quiet.add(ids['quiet'])")
    assert kernel.states(kernel.send(ids["quiet"], {"k": 7})) == ["idle"]


def test_without_a_kernel_nothing_happens():
    quiet.add("nobody")
    quiet.discard("nobody")
    quiet.discard("nobody")


@pytest.mark.parametrize("change", [
    "kernel.get_parent = None",  # the filter finds no message
    "kernel.get_parent = lambda channel: {}",
    "kernel.get_parent = lambda channel: {'header': {'msg_type': 'comm_msg'}, 'content': None}",
])
def test_in_doubt_the_kernel_says_busy(change):
    kernel = SimpleNamespace()
    exec(change, {"kernel": kernel})
    assert not quiet._is_figure_message(kernel)


def test_a_status_is_filtered_by_the_message_that_it_is_about(monkeypatch):
    figure = {"header": {"msg_type": "comm_msg"}, "content": {"comm_id": "figure"}}
    cell, request = {"header": {"msg_type": "execute_request"}}, {"header": {"msg_type": "interrupt_request"}}
    kernel, said = SimpleNamespace(get_parent={"shell": figure, "control": request}.get), []
    kernel._publish_status = lambda status, channel, parent=None: said.append((status, channel, parent))
    monkeypatch.setattr(quiet, "_ids", {"figure"})
    quiet._filter_status(kernel)
    for status in (("busy", "shell"), ("busy", "control"), ("busy", "shell", cell), ("idle", "shell")):
        kernel._publish_status(*status)
    assert said == [("busy", "control", None), ("busy", "shell", cell), ("idle", "shell", None)]


@pytest.mark.parametrize("inner", [{}, {"_publish_status": None}])
def test_a_kernel_without_the_inner_method_is_left_alone(monkeypatch, inner):
    kernel = SimpleNamespace(**inner)
    monkeypatch.setattr("ipykernel.kernelbase.Kernel.initialized", lambda: True)
    monkeypatch.setattr("ipykernel.kernelbase.Kernel.instance", lambda: kernel)
    quiet.add("figure")
    quiet.discard("figure")
    assert vars(kernel) == inner
