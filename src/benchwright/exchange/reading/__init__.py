"""One module per foreign format: ``sniff`` says whether a path is of it, ``read`` yields its logs."""
