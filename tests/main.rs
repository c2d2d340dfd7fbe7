//! The service, tried through its HTTP API with real storage: every test on SQLite and on
//! PostgreSQL, each with a database of its own.

#[macro_use]
mod support;

mod calls;
mod candidates;
mod consents;
mod courses;
mod enquiries;
mod merges;
mod organisations;
mod patients;
mod places;
mod programmes;
mod referral_steps;
mod referrals;
mod staff;
mod worklists;
