"""The bridge as other people's programs meet it: liblo, Pure Data, JACK."""
