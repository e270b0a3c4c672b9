"""What models behind a socket share: the client loop, the exchange, failures and options."""
