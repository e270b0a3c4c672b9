"""Reports: what a pool says, as a page to look at or as Markdown."""
