//! The machinery below the domain: storage, access, audit, secrecy, HTTP.
//!
//! A newcomer reads the resource folders first. What they stand on is here: [`app::App`] is the
//! one value every handler holds, with its two doors to storage; [`access`] decides who may do
//! what; [`http`] turns requests into values and errors into problem documents.

pub mod access;
pub mod app;
pub mod audit;
pub mod clock;
pub mod config;
pub mod crypto;
mod cx;
pub mod db;
pub mod error;
pub mod events;
pub mod external_ids;
pub mod files;
pub mod http;
pub mod id;
pub mod once;
pub mod rotation;
pub mod telemetry;
pub mod text;
