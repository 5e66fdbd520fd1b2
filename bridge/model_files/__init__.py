"""Models to play: which files there are, what they say of themselves, loading one while another plays."""
