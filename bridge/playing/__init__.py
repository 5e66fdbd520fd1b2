"""What makes a roll sound well played: one small pure function a rule, applied in the order that chain.py shows."""
