//! Who may do what, and whose data they see.
//!
//! Reading order: [`policy`] (roles, actions, one exhaustive match), [`actor`] (who asks),
//! [`permit`] (the proof of permission that handlers take), [`tokens`] (JWT), [`clients`]
//! (system clients and their secrets), [`api`] (the token endpoint).

pub mod actor;
pub mod api;
pub mod clients;
pub mod limits;
pub mod permit;
pub mod policy;
pub mod tokens;

pub use actor::{Actor, ActorKind, Scope};
pub use permit::Permit;
pub use policy::{Action, Role};
