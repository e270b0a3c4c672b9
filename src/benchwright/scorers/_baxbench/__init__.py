"""BaxBench: the program that runs a generated server and its authors' tests in the sandbox."""
