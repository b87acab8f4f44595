"""The `kerasseg` command, one file a subcommand."""
