"""dialog - the server side of conversations, straight-line code that waits only through what it is handed."""
