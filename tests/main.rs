//! The service, tried through its HTTP API with real storage: every test on SQLite and on
//! PostgreSQL, each with a database of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    reason = "a test that fails shall stop where it fails, helpers outside of #[test] too"
)]

#[macro_use]
mod support;

mod access;
mod agreements;
mod audit;
mod booking_guards;
mod bookings;
mod calls;
mod candidates;
mod consents;
mod contract;
mod courses;
mod delegations;
mod durability;
mod enquiries;
mod evaluations;
mod event_count;
mod events;
mod feedback;
mod figures;
mod function_descriptions;
mod governing_documents;
mod http;
mod imports;
mod imports_cli;
mod imports_rules;
mod intake_guards;
mod layering;
mod leave;
mod matches;
mod meetings;
mod merges;
mod minutes;
mod organisations;
mod patients;
mod places;
mod programmes;
mod public_pages;
mod referral_steps;
mod referrals;
mod rotation;
mod safe_writes;
mod schema;
mod secrecy;
mod staff;
mod steering;
mod support_offers;
mod supporters;
mod timetable;
mod token;
mod units;
mod views;
mod volunteers;
mod waiting_list;
mod wards;
mod webhook_replays;
mod webhooks;
mod working_groups;
mod worklists;
