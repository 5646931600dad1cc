#!/usr/bin/env python3
"""Django's command line."""

import gc
import os
import sys

from django.core.management import execute_from_command_line
from django.db import InterfaceError, OperationalError

from didsms_site.environment import keep_files_private, refusals_in_a_line

#: Commands that make files which other users of the machine read: a proxy's, a colleague's.
FOR_EVERYBODY = (["collectstatic"], ["makemigrations"])


def main() -> None:
    """Run the command that the arguments name; say in a line what keeps it from running."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "didsms_site.settings")
    gc.disable()  # until the apps are loaded: messaging/apps.py
    if sys.argv[1:2] not in FOR_EVERYBODY:
        keep_files_private()
    try:
        with refusals_in_a_line():
            execute_from_command_line(sys.argv)
    except (OperationalError, InterfaceError) as error:
        # An error of a migration is looked for in its trace.
        if "migrate" in sys.argv[1:2] or "--traceback" in sys.argv:
            raise
        reason = str(error).strip().partition("\n")[0]
        sys.exit(f"The database cannot be used: {reason} (--traceback shows more.)")


if __name__ == "__main__":
    main()
