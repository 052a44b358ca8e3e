"""proto - protocols as pure code: bytes in, bytes or values out; no socket, no file, no clock."""
