"""Losses of dense prediction, with one set of options for all."""
