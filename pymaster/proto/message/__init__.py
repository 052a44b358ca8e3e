"""message - RFC 5322 and MIME as bytes: header block, dates, delivery status notifications."""
