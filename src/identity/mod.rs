//! Who a person, an organisation or a telephone is: numbers parsed, classified and masked (ID-1 to ID-6).
//!
//! Pure: no clock, no database, no HTTP. Whoever parses says which day it is, so that "not in the
//! future" can be tested.
//!
//! Invariants:
//! - A value of [`Identifier`], [`OrganisationIdentifier`] or [`Phone`] made by `parse` is valid and in
//!   its one normal form; two ways of writing the same number compare equal.
//! - No error, `Debug` text or mask of a person's number holds the number (ID-6). `Identifier` and
//!   `Phone` have no `Display`, and `Identifier` no `Serialize`, so that a value reaches the outside
//!   only where somebody wrote `.value()` and meant it.
//! - A number that fails modulus 11 is still a CPR number (ID-1): doubt is a warning on the record.
//!
//! Reading order: `system` (which kinds exist), `person` (the type), `danish`, `swedish`, `reserve`
//! (the rules of each kind), `birth_date`, `mention` (numbers in what people write), `organisation`,
//! `phone`, `text` (keys by which names are found).

mod birth_date;
mod check_digits;
mod danish;
mod error;
mod mention;
mod organisation;
mod person;
mod phone;
mod reserve;
mod swedish;
mod system;
mod text;

pub use birth_date::{BirthDateError, check_birth_date};
pub use error::IdentifierError;
pub use mention::mentions_number;
pub use organisation::{
    OrganisationIdentifier, OrganisationIdentifierError, OrganisationIdentifierSystem,
};
pub use person::{AdministrativeSex, Identifier, IdentifierWarning};
pub use phone::{Phone, PhoneError};
pub use system::IdentifierSystem;
pub use text::{loose_key, search_key};
