"""The server's side of a kernel's messages: none of them is held back until the page has acknowledged the one before.

`jupyter/jupyter_server_config.json` names this class to the server of `course lab`, and on Binder.
"""

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Jupyter's own connection without Nagle's delay, for which a small picture waits about 40 ms."""

    def connect(self):
        """The socket is open: set it up, then go on as ever."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
