//! The service, tried through its HTTP API with real storage: every test on SQLite and on
//! PostgreSQL, each with a database of its own.

#[macro_use]
mod support;

mod access;
mod audit;
mod calls;
mod contract;
mod courses;
mod durability;
mod calls;
mod candidates;
mod consents;
mod courses;
mod enquiries;
mod merges;
mod organisations;
mod patients;
mod candidates;
mod enquiries;
mod http;
mod layering;
mod places;
mod programmes;
mod safe_writes;
mod schema;
mod secrecy;
mod staff;
mod token;
mod referral_steps;
mod referrals;
mod worklists;
