//! YAML text → declarations with spans, all faults at once. It must not know which aggregates exist.

mod node;
mod spans;
mod values;
