"""The live figures of chapter 03, by topic."""
