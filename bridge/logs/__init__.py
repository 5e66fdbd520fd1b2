"""What happened: the log file, and what is left to read when the bridge has crashed."""
