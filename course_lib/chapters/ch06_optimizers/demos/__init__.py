"""The live figures of chapter 06, by topic."""
