//! Bytes under keys, in atomic batches. It must not know what a feature is.
