"""Chapter 04, back-propagation."""
