"""HTTP for people and for the provider: a view validates, makes one service call and renders."""
