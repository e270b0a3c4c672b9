"""Which item to ask next, and when to stop."""
