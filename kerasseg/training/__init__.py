"""Training that survives a kill, from one core to many machines."""
