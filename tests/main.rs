//! The service, tried through its HTTP API with real storage: every test on SQLite and on
//! PostgreSQL, each with a database of its own.

#[macro_use]
mod support;

<<<<<<< HEAD
mod access;
mod contract;
mod layering;
mod organisations;
mod schema;
=======
mod enquiries;
mod organisations;
mod places;
mod programmes;
mod staff;
>>>>>>> h-admin
