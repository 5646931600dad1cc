"""How gunicorn serves us: workers, sockets, bodies, counters shared by the processes."""
