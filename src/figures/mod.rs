//! Activity figures (aktivitetstal / aktivitetssiffror, HF-7): talks and shifts of a programme in
//! one year, by ward, month, kind of supporter, who was met and phase, for the association and its
//! funders. As JSON and as CSV (RFC 4180).
//!
//! Nothing is stored here: the figures are counted when somebody asks, from what [`wards`] and
//! [`bookings`] know. No figure concerns a named person.
//!
//! Small counts are suppressed as the programme's policy says, and as many others that they cannot
//! be computed (`suppression`). The whole year is suppressed at once, with every total of every
//! combination, before any part of it is answered: two answers cannot be played off against each
//! other. So that two askings cannot be either, only months that are settled are counted: over for
//! some days (`programmes::SETTLED_AFTER_DAYS`), after which no talk of them is counted or taken back.
//!
//! Reading order: `table`, `suppression`, `report` (pure); `store`; `csv`, `api`.
//!
//! [`wards`]: crate::wards
//! [`bookings`]: crate::bookings

pub mod api;
mod csv;
mod model;
mod report;
mod store;
mod suppression;
mod table;

pub use api::routes;
pub use model::{ActivityFigure, ActivityFigures, Dimension, Measure};
