"""The live figures of chapter 02, by topic."""
