"""util - what every layer may use: errors, clock, log, records, file descriptors. Imports nothing of ours."""
