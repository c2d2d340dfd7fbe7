//! The service, tried through its HTTP API with real storage: every test on SQLite and on
//! PostgreSQL, each with a database of its own.

#[macro_use]
mod support;

mod access;
mod audit;
mod contract;
mod http;
mod layering;
mod organisations;
mod safe_writes;
mod schema;
mod token;
mod calls;
mod courses;
mod organisations;
mod worklists;
mod enquiries;
mod organisations;
mod places;
mod programmes;
mod staff;
