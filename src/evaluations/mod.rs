//! Evaluations (evaluering) of health agreements, steering groups and working groups: when they are
//! due, and what came of them (CPS-7, HA-2).
//!
//! An evaluation is planned → completed, or planned → cancelled. A subject gets the evaluations
//! that the rules demand when it is made: of the cooperation, due one year after it starts at the
//! latest, and for an agreement midway. A completed evaluation of the cooperation plans the next
//! one, a year later at the latest, for as long as the subject lasts: evaluation is continuous. A
//! working group lasts until it has reported or is closed: no further evaluation is planned then,
//! and the one that is may be cancelled. Where the last day of a subject changes, its planned
//! evaluations move with it. A completed evaluation of an agreement keeps how every indicator stood
//! then.
//!
//! Invariants: no evaluation is due later than its rule says; of one subject one evaluation of a kind
//! is planned at a time; what is demanded is not cancelled while the subject lasts; what is completed
//! does not change. Whether it is overdue is a matter of time, not a state.

pub mod api;
mod list;
mod model;
mod planning;
mod rules;
mod store;
mod subject;

pub use api::routes;
pub use list::due;
pub use model::{Evaluation, EvaluationCompletion, EvaluationId, EvaluationKind, NewEvaluation};
pub use planning::{
    follow_agreement, follow_group, follow_working_group, plan_of_agreement, plan_of_group,
    plan_of_working_group,
};
pub use store::{complete, create, of_agreement};
