"""Chapter 05: initialization."""
