"""The live figures of chapter 04, by topic."""
