"""Groups of commands that cli.py puts together, and the options that several commands share."""
