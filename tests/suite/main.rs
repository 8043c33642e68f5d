//! The integration tests: one binary, so that they link once. Every file beside this one is
//! listed here; `architecture` fails if one is not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there, in its helpers too")]

mod architecture;
mod behind;
mod columns;
mod command_line;
mod commands;
mod config;
mod configs;
#[cfg(feature = "workbench")]
mod count_by;
mod csv;
mod diagnostics;
mod documents;
#[cfg(feature = "workbench")]
mod driver;
mod edits;
mod estimates;
mod explain;
#[cfg(feature = "workbench")]
mod explain_lines;
mod explain_tasks;
#[cfg(feature = "workbench")]
mod explain_view;
#[cfg(feature = "workbench")]
mod features;
mod fields;
#[cfg(feature = "workbench")]
mod filtered;
#[cfg(feature = "workbench")]
mod filtered_value;
#[cfg(feature = "workbench")]
mod fixture;
mod fmt;
#[cfg(unix)]
mod full;
mod fuzz;
mod growth;
mod hiding;
mod hostile;
mod init;
mod interleavings;
mod joins;
#[cfg(feature = "workbench")]
mod joins_told;
#[cfg(feature = "workbench")]
mod key_steps;
#[cfg(feature = "workbench")]
mod keys_page;
mod kill;
mod lines;
mod lint_edges;
#[cfg(feature = "workbench")]
mod lints;
mod lints_log;
mod lists;
mod live;
mod log;
#[cfg(feature = "workbench")]
mod log_view;
#[cfg(feature = "workbench")]
mod moments;
mod naive;
mod paged;
#[cfg(feature = "workbench")]
mod panes;
#[cfg(feature = "workbench")]
mod panes_data;
#[cfg(feature = "workbench")]
mod panes_random;
#[cfg(feature = "parquet")]
mod parquet_logs;
mod people;
mod planted;
mod problems;
#[cfg(all(feature = "workbench", unix))]
mod pty;
mod queries;
mod recipes;
mod reload;
mod replay;
#[cfg(feature = "workbench")]
mod save_test;
mod scan;
mod scenarios;
mod scenarios_command;
mod schema;
#[cfg(feature = "workbench")]
mod screen;
#[cfg(feature = "workbench")]
mod screens;
#[cfg(feature = "workbench")]
mod screens_keys;
#[cfg(feature = "workbench")]
mod screens_pictures;
#[cfg(feature = "workbench")]
mod screens_random;
#[cfg(feature = "workbench")]
mod screens_session;
#[cfg(feature = "workbench")]
mod screens_words;
mod slices;
mod specs;
#[cfg(feature = "workbench")]
mod stage;
mod stepper;
#[cfg(feature = "workbench")]
mod still;
mod store;
mod stores;
mod suggest;
mod tape;
mod tape_kept;
#[cfg(all(feature = "workbench", unix))]
mod terminal;
mod unreadable;
#[cfg(feature = "workbench")]
mod walkthroughs;
#[cfg(unix)]
mod watch;
#[cfg(all(feature = "workbench", unix))]
mod workbench;
#[cfg(feature = "workbench")]
mod world;
