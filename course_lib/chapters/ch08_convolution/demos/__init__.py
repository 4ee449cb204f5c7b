"""The live figures of chapter 08."""
