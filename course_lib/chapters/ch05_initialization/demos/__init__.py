"""The live figures of chapter 05, by topic."""
