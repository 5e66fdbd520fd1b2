"""How music is measured, and the evaluation that shows it."""
