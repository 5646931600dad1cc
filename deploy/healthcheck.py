"""Ask a web process whether it is ready; exit 1 when it is not.

Usage: healthcheck.py [ADDRESS [NAME…]]

Args:
    ADDRESS: of /readyz; by default this machine's, on PORT.
    NAME…: checks that must be "ok" besides, such as worker.
"""

import json
import os
import sys
import urllib.error
import urllib.request

SECONDS = 6


def main() -> int:
    """Ask, say what is wrong, and return the exit code."""
    default = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}/readyz"
    address, *names = sys.argv[1:] or [default]
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:  # noqa: S310
            found = json.load(answer)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{address}: {error}\n")
        return 1
    wrong = [name for name in names if found.get(name) != "ok"]
    if wrong:
        sys.stderr.write(f"not ok: {', '.join(wrong)}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
