"""How gunicorn serves the yardstick: with the product's worker, so connections spread evenly."""

from typing import Any

from didsms_site.server.balanced_worker import LoadTable

worker_class = "didsms_site.server.balanced_worker.BalancedWorker"
workers = 2
threads = 8
control_socket_disable = True
_load_table = LoadTable()


def pre_fork(server: Any, worker: Any) -> None:
    """Give a new process its place in the load table."""
    worker.load_table, worker.slot = _load_table, _load_table.take_slot()
