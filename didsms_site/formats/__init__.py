"""How times are written where no template says how: to the second, on the 24-hour clock."""
