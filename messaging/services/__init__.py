"""What the app does, one verb a function; views, API and commands call these."""
