"""The conversion of classifiers into fully convolutional nets."""
