//! HTTP: from bytes to typed input, from results to answers, and the contract that says so.
//!
//! Reading order: [`routes`] (the whole API on one screen), [`request`] and [`input`] (what comes
//! in), [`reply`] and [`problems`] (what goes out), [`openapi`] (the document), [`server`].

pub mod cursor;
pub mod health;
pub mod idempotency;
pub mod input;
pub mod json;
pub mod metrics;
pub mod middleware;
pub mod openapi;
pub mod operations;
pub mod problems;
pub mod reply;
pub mod request;
pub mod routes;
pub mod schemas;
pub mod server;
