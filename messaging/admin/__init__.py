"""The admin: a module a noun. The app registers `sections` once our site is there."""
