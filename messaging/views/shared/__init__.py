"""What several pages share: responses, toasts, preferences, the main pane."""
