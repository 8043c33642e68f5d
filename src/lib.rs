//! counterscope: a workbench for counter features.
//!
//! A config of features and an event log become values as of any moment. Data flows
//! `log → tape → engine → session → ui` and `config → plan → engine`; imports point down the
//! table in `docs/architecture.md`, which `tests/suite/architecture.rs` holds.

pub mod base;

pub mod config;
pub mod coverage;
pub mod diagnostic;

pub mod aggregate;
pub mod plan;

pub mod engine;
pub mod explain;
pub mod lint;
pub mod log;
pub mod store;
pub mod tape;

pub mod profile;
pub mod suggest;

pub mod dataset;
pub mod scenario;
pub mod session;

#[cfg(feature = "workbench")]
pub mod ui;

pub mod cli;
