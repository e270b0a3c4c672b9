"""``python -m benchwright``: the command line."""

from benchwright.cli import main

main()
