"""Chapter 08, convolutional networks."""
