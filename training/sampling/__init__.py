"""What a trained generator plays, as files."""
