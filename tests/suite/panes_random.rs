//! The panes on random data and sizes: they never panic, never write outside their area, and the
//! ASCII glyphs are all that they add to ASCII data.
