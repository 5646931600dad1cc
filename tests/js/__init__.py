"""Scripts that need no page, read by Chromium from their files: no server and no database."""
