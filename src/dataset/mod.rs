//! Batches of reads: final values and point-in-time rows, and their writers. It must not know the session or the terminal.
