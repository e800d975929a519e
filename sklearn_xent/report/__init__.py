"""Put a comparison into words, tables and HTML."""
