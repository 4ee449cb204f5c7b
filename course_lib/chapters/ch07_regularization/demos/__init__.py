"""The live figures of chapter 07, by topic."""
