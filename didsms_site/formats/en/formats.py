"""Times in English; the admin is for finding out what came a second before what."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i:s"
