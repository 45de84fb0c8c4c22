"""A trained model becomes a page that says what it is, how it was made and how good it is."""
