//! Plan + events → values as of t. It must not know configs, spans, threads, files or the wall clock.
