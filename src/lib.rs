//! Brobygger ("bridge builder"): the service that patient-support programmes run on.

pub mod calendar;
pub mod identity;
pub mod places;
