"""Chapter 02, regression and gradient descent."""
