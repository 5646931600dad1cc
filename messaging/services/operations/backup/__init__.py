"""Back up, verify, prove and restore: database, spool and generated secrets together.

A backup is a folder with four files: `manifest.json` (what it holds), the database (a gzipped
SQLite file or an archive of pg_dump), `var.tar` (spool and secrets of VAR_DIR) and `SHA256SUMS`. It
gets its name when all of it is on the disk. The public verbs are `create_backup`, `verify_backup`,
`prove_backup`, `restore_backup` and, for the worker, `NightlyBackup.start_if_due`.

Tests that are not in a file of the module's name:
    check: services/operations/backup/test_status
    programs, problems, copies, engines, runs: services/operations/backup/test_create
    encryption, verify, sqlite_copy, postgresql_dump: services/operations/backup/test_create
    after_restore, var_files: services/operations/backup/test_restore
"""
