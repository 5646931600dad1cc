"""The admin: one module per noun. The app registers `sections` once our site exists."""
