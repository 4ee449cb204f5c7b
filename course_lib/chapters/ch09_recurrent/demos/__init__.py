"""The live figures of chapter 09, by topic."""
