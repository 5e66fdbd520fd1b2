"""What the terminal and pictures show."""
