"""Chapter 07, regularization."""
