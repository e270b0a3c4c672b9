"""From an incomplete table to what every model would score on all of it."""
