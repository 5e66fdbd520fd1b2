"""Where datagrams come in and go out, and who is there."""
