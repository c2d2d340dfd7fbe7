//! The service, tried through its HTTP API with real storage: every test on SQLite and on
//! PostgreSQL, each with a database of its own.

#[macro_use]
mod support;

mod candidates;
mod organisations;
mod referral_steps;
mod referrals;
mod enquiries;
mod organisations;
mod places;
mod programmes;
mod staff;
mod calls;
mod courses;
mod organisations;
mod worklists;
