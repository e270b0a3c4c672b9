"""The nouns of Benchwright and its error tree: values only, no input or output."""
