"""Dates and times in English, day first and by the 24-hour clock before a style is applied."""

from messaging.services.times.date_styles import StyledFormat

DATE_FORMAT = StyledFormat("j M Y")
TIME_FORMAT = StyledFormat("H:i")
DATETIME_FORMAT = StyledFormat("j M Y, H:i:s")
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = StyledFormat("j F")
SHORT_DATE_FORMAT = StyledFormat("d/m/Y")
SHORT_DATETIME_FORMAT = StyledFormat("d/m/Y H:i")
