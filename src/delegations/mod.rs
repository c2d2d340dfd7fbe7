//! Delegations of tasks between sectors (opgaveflytning / delegering): who has given which task to
//! whom, for how long, and who answers for it (HA-6).
//!
//! A delegation is proposed → approved → ended. Only a proposal is changed; what was approved is
//! prolonged by another delegation that continues it. It is in force from its first to its last day,
//! and until it is ended before: that is a matter of time, not a state.
//!
//! Invariants: no delegation of reserved practice (forbeholdt virksomhed) is approved unless all three
//! principles are answered and met: patient safety and quality, lowest effective cost level,
//! responsibility placed; somebody answers for every delegation that is approved; a delegation is
//! between two different parties. Those about to end, and continued by none, are on the worklist of
//! what is due.

pub mod api;
mod model;
mod rules;
mod store;

pub use api::routes;
pub use model::{
    CareSector, Delegation, DelegationApproval, DelegationId, DelegationStage, NewDelegation,
};
pub use store::{approve, create, ending, find};
