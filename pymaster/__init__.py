"""pymaster - a mail server: a drop-in for Postfix that also serves POP3 and IMAP."""

__version__ = "0.1.0"
