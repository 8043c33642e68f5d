//! The arithmetic of one state. It must not know YAML, storage or the clock.
