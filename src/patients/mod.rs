//! Patients: the persons supported (patient, borger), their relatives (pårørende), and who has
//! looked at their records.
//!
//! Life cycle: active → merged. A merged record stays as a pointer: its id finds the survivor, and
//! survivors that are merged again take their duplicates along, so one step always finds it.
//!
//! Invariants:
//! - A patient belongs to one data controller; the same person in two controllers is two records.
//! - Within a controller an identity number belongs to one record, whatever runs at once (a unique
//!   index on its digest). A person without a number is known by full name, telephone and
//!   municipality (ID-4).
//! - Real numbers (CPR, personnummer, samordningsnummer): one of each system, and their dates of
//!   birth agree with the record's (ID-1, ID-3). Replacement numbers stay for good (ID-2).
//! - Everything personal is sealed in one column; look-up goes by keyed digests of normalised
//!   texts (`lookup`). `Debug` shows nothing of it (ID-6).
//! - Name, address and telephones of protected persons are masked (ID-5), see `view`.
//!
//! Reading order: `model`, `rules` (what may be registered, changed, merged), `lookup`, `store`,
//! `register`, `upsert`, `list`, `merge`, `view`, `relatives_model`, `relatives`, `history`, and the `*api`
//! files.

mod api;
mod history;
mod history_api;
mod list;
mod lookup;
mod merge;
mod model;
mod register;
mod relatives;
mod relatives_api;
mod relatives_model;
mod rules;
mod store;
mod upsert;
mod view;

pub use list::{current_id, find_all, page};
pub use model::{
    Address, ExternalId, NewPatient, NewTelephone, Patient, PatientChange, PatientId,
    PersonIdentifier, PersonName, Telephone, TelephoneLabel,
};
pub use register::{add_unknown, change, create, find_or_create, find_or_register};
pub use relatives::{
    change as change_relative, create as create_relative, find as find_relative,
    list as list_relatives, page as page_of_relatives,
};
pub use relatives_model::{NewRelative, Relation, Relative, RelativeChange, RelativeId};
pub use rules::parse_phone;
pub use store::find;
pub use upsert::{
    Recognised, SentId, difference, find_by_identifier, find_by_number, find_by_other_id,
    note_other_id, recognise, sent_id,
};
pub use view::{PatientView, is_masked, sees_protected, variant as etag_variant};

use crate::all_routes;
use crate::platform::http::routes::Routes;

/// The routes of patients, relatives and histories.
#[must_use]
pub fn routes() -> Routes {
    all_routes![api::routes, relatives_api::routes, history_api::routes]
}
