"""The embedded default: a real server of this user, started on first need.

One server per data folder, shared by every process of its user, reached over a Unix socket in it,
and detached from whoever started it. Two locks (``flock``) keep it so, and the kernel lets go of
both when their holder dies, however it dies:

* ``start.lock``: held by whoever starts or stops the server;
* ``server.lock``: inherited by the server itself. While it is held, the data folder is in use,
  also when the socket has vanished; no second server may open it.

Every write that the server acknowledged is on disk (``appendfsync always``).
"""

from salt_core.embedded.server import Info, ensure, revive, roles, running, stop

__all__ = ["Info", "ensure", "revive", "roles", "running", "stop"]
