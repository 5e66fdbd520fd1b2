"""What the project promises, measured: one command each, ratios inside one run."""
