"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "didsms_site.settings")

application = get_wsgi_application()
# Loads every view. Django would do so while the first push of each process waits.
_ = get_resolver().url_patterns
