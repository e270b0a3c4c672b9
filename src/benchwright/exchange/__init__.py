"""What other tools measured comes in here, and what is measured here goes out to them."""
