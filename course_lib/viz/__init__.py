"""Pictures: one style, static figures, and the live figures a reader moves by hand."""
