"""Write outbound messages: replies, API messages, repeats; schedule, cancel and block them."""
