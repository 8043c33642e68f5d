//! Event files → events: the only place where they are opened and their formats read. It must not know plans or engines.
