//! Support offers (støttetilbud): the overview of everything that supports patients in a region, by
//! unit and sector (CPS-4). Offers are registered, changed, and set to no longer given; none is
//! deleted. What stands in them is meant for everybody, patients too.

pub mod api;
mod model;
mod store;

pub use api::routes;
pub use model::{NewSupportOffer, SupportOffer, SupportOfferId};
pub use store::create;
