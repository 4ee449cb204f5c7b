"""The live figures of chapter 01, by topic."""
