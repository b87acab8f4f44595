"""Models written for other engines, each file checked against its source."""
