"""The page that the bridge serves: the band to look at, to play with and to hear, in a browser."""
