"""The encoder: from a phrase, or some of its tracks, to the latent whose phrase is nearest to it."""
