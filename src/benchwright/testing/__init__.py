"""Public checkers and stand-ins, for tests of Benchwright and of what others add to it."""
