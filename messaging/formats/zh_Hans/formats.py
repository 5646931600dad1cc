"""Dates and times in Simplified Chinese, whose order is the same for everybody."""

from messaging.services.times.date_styles import StyledFormat

DATE_FORMAT = "Y年n月j日"
TIME_FORMAT = StyledFormat("H:i")
DATETIME_FORMAT = StyledFormat("Y年n月j日 H:i:s")
YEAR_MONTH_FORMAT = "Y年n月"
MONTH_DAY_FORMAT = "n月j日"
SHORT_DATE_FORMAT = "Y年n月j日"
SHORT_DATETIME_FORMAT = StyledFormat("Y年n月j日 H:i")
