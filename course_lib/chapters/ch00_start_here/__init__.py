"""Chapter 00, start here: one exercise and one live figure to find the way with."""
