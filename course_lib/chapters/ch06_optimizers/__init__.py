"""Chapter 06: optimizers."""
