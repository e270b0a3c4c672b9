"""One module per foreign format: ``sniff`` says what is of it, ``read`` yields its logs."""
