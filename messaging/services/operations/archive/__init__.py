"""Leave, or move: everything that is the company's in one archive, and back into an empty didsms.

An archive is a zip: `index.html` and `view/` (pages to read without didsms), `schema.json`, `data/`
(a file of JSON Lines for each table) and, last, `manifest.json` with a checksum for every other
file. It depends on neither database and holds nothing that lets anybody in. The public verbs are
`export_archive`, `check_archive` and `import_archive`.

Tests that are not in a file of the module's name:
    problems, row_values, take, put_back: services/operations/archive/test_round_trip
"""
