"""Measures of dense prediction, summed over batches, replicas and images."""
