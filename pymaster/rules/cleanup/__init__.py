"""cleanup - the pipeline every accepted message passes (cleanup(8)), as a library."""
