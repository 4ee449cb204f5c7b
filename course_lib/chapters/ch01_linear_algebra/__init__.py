"""Chapter 01, linear algebra."""
