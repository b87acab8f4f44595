"""Small data sets of every format, and every way that we know to break them."""
