"""Chapter 03, the perceptron."""
