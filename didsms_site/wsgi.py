"""The WSGI application that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "didsms_site.settings")

gc.disable()  # Measured, a process loads in two thirds of the time: see messaging/apps.py.
application = get_wsgi_application()
gc.disable()
# Loads every view. Django would do so while the first push of each process waits.
_ = get_resolver().url_patterns
gc.freeze()
gc.enable()
