"""model - what travels between processes or rests on disk."""
