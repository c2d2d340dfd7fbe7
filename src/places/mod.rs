//! Where people live and which region answers for it: municipalities and regions, with their validity.
//!
//! Two small tables compiled into the program, `municipalities.csv` and `regions.csv`; pure but for `api`.
//!
//! Invariants:
//! - A [`MunicipalityCode`] is a code of the table: an unknown one cannot be made.
//! - Every municipality's region is in the table of regions.
//! - Following successors ends, and what is valid on a day is valid on exactly one side of a merger:
//!   figures from before and after 1 January 2027 can be added up by [`Region::comparable_on`].
//!
//! Sources: the project's shared table of municipalities; domain.md, "Places", for the merger; ISO 3166-2
//! for `iso`. No official code of Region Østdanmark was found to be published, so its code
//! here is our own, `provisional-ostdanmark`, in a form no register uses. When the official code comes,
//! `regions.csv` is where it goes.

pub mod api;
mod municipality;
mod region;

pub use api::routes;
pub use municipality::{
    Municipality, MunicipalityCode, UnknownMunicipality, by_name, municipalities, municipality,
};
pub use region::{Region, region, regions};
