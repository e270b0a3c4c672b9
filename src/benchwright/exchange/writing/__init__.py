"""One module per form that measurements leave in."""
