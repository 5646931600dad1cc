"""PostgreSQL as Django's own backend has it, but for connections that died in the pool."""
