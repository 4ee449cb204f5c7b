"""The server of `course lab` sends each message of a kernel at once."""

import json
import os
import subprocess
import sys

from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

from course_lib.app import lab
from course_lib.app.websocket import PromptConnection


def test_the_socket_is_set_up_before_the_first_message(monkeypatch):
    done = []
    monkeypatch.setattr(ZMQChannelsWebsocketConnection, "connect", lambda self: done.append("connected") or "future")
    connection = PromptConnection.__new__(PromptConnection)  # a real one needs a kernel and a page
    connection.websocket_handler = KernelWebsocketHandler.__new__(KernelWebsocketHandler)
    monkeypatch.setattr(KernelWebsocketHandler, "set_nodelay", lambda self, value: done.append(value))
    assert connection.connect() == "future"
    assert done == [True, "connected"]


def test_the_settings_of_course_lab_name_the_class(tmp_path):
    """As the server reads them, in a process of its own."""
    env = os.environ | {"JUPYTER_CONFIG_PATH": str(lab.JUPYTER_CONFIG), "JUPYTER_CONFIG_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "jupyter_server", "--show-config-json"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    config = json.loads(done.stdout[done.stdout.index("{"):])
    named = config["ServerApp"]["kernel_websocket_connection_class"]
    assert ServerApp(kernel_websocket_connection_class=named).kernel_websocket_connection_class is PromptConnection
