"""How gunicorn serves the yardstick: with the product's worker, so connections spread evenly."""

from typing import Any

from didsms_site.server.balanced_worker import Board

worker_class = "didsms_site.server.balanced_worker.BalancedWorker"
workers = 2
threads = 8
control_socket_disable = True
_board = Board()


def pre_fork(server: Any, worker: Any) -> None:
    """Give a new process its place on the board."""
    worker.board, worker.slot = _board, _board.take_slot()
