#!/usr/bin/env bash
# Install Debian's Chromium without a window for the browser tests when none is there. Exit code 1: there is none.
set -u

for name in "${CHROMIUM:-}" chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
  if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then exit 0; fi
done

if ! command -v apt-get >/dev/null 2>&1; then
  echo "No Chromium here and no apt-get to install it with. Install it, or set CHROMIUM to its path." >&2
  exit 1
fi
if [ "$(id -u)" = 0 ]; then as_root=(); elif sudo -n true 2>/dev/null; then as_root=(sudo -n); else
  echo "No Chromium here. Run: sudo apt-get install chromium-headless-shell" >&2
  exit 1
fi

echo "No Chromium here: installing Debian's package with apt-get ..."
"${as_root[@]}" apt-get update -qq || true
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null || {
  echo "apt-get could not install chromium-headless-shell." >&2
  exit 1
}
