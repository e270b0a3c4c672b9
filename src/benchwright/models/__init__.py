"""Model schemes: ``models/<scheme>`` exports ``open_model``; other modules serve these."""
