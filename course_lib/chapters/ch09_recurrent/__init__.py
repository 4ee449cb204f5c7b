"""Chapter 09, recurrent networks."""
