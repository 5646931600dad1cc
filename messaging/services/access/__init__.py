"""Who may sign in and see what: sessions, attempt limits, password links, the security log."""
