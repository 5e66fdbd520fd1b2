"""The OSC table: requests, answers, packets."""
