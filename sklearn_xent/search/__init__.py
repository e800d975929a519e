"""Compare the candidates of a search, choose among them, and race them."""
