"""How Django writes dates and times by itself: in admin columns, histories, filters and forms.

Each follows the reader's style, as `write_date` does. They go to the second: the admin is for
finding out what came a second before what.
"""
