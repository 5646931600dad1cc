"""The shipped processes as a whole: killed, cut off from their database, stopped and started."""
