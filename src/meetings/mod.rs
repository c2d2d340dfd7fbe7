//! Meetings of steering groups (møde): from the plan of the year to minutes that anybody may read,
//! with nobody watching a calendar (CPS-6).
//!
//! ```text
//! planned ── agenda sent ──▶ agendaSent ── it begins ──▶ held ── minutes sent ──▶ minutesSent
//!    │                          │                         │                          │ period over,
//!    └──────── cancelled ◀──────┴─────────────────────────┘                          │ remarks open
//!                                                                                    ▼
//!                  approved ◀── period over, every remark answered ──────── awaitingRevision
//! ```
//!
//! Invariants:
//! - The clock drives. A meeting's state is computed from its moments and the time ([`rules`]):
//!   minutes are approved from the moment that the rule says, whether or not any job has run. The
//!   job only tells it once (`meeting.minutesApproved`).
//! - Members read what the newest minutes that were sent say, also of decisions, tasks and who took
//!   part; what they will say is the secretariat's. So is what is changed of the agenda once the
//!   meeting has begun: another title or kind of an item, or an item that came up. Who leaves the
//!   group after a meeting still reads its minutes, and reads and makes remarks on them, until they
//!   are approved.
//! - Deadlines are whole calendar days in the group's time zone ([`deadlines`]); each explains
//!   itself. What is late is possible, marked late, and on the worklist until it is done.
//! - A remark counts when it comes before the end of the period. One that counts holds the approval
//!   back until the secretariat has answered it in revised minutes: silence of the secretariat does
//!   not overrule a member. One that comes later is kept and marked. One that came in time and was
//!   registered after the approval changes nothing by itself: it is marked as overlooked, and on the
//!   worklist until it is answered, in a correction or without one.
//! - What was sent stays: agendas and minutes are kept version by version as they were sent
//!   ([`papers`]), and the database refuses to change or remove one. A correction after the
//!   approval is a new version.
//! - What the public may read of minutes is written down when they are sent ([`public`]), by one
//!   pure function that leaves out what is confidential. The public pages read that and nothing else.

mod actions;
pub mod api;
mod api_agenda;
mod api_follow_up;
mod api_minutes;
mod api_plan;
mod around;
mod attendance;
mod calendar;
mod danish;
mod deadlines;
mod decisions;
mod draft;
mod follow_up_model;
mod html;
mod item_rows;
mod items;
mod list;
mod model;
pub mod pages;
mod paper_model;
mod papers;
mod public;
mod remarks;
mod requests;
mod rules;
mod steps;
mod store;
mod upkeep;
mod worklist;
mod year_plan;
mod year_rules;

pub use actions::record as record_action_item;
pub use api::routes;
pub use api_agenda::routes as agenda_routes;
pub use api_follow_up::routes as follow_up_routes;
pub use api_minutes::routes as minutes_routes;
pub use api_plan::routes as plan_routes;
pub use attendance::record as record_attendance;
pub use decisions::{find as find_decision, record as record_decision};
pub use follow_up_model::MeetingDecision;
pub use item_rows::forget_proposer;
pub use items::{
    add as add_agenda_item, change as change_agenda_item, is_cancelled, list as agenda_items,
};
pub use list::after;
pub use model::{AgendaItemId, AgendaItemKind, Attachment, DecisionId, Meeting, MeetingId};
pub use remarks::receive as receive_remark;
pub use requests::NewAgendaItem;
pub use steps::{correct, plan, revise, send_agenda, send_minutes};
pub use store::find;
pub use upkeep::{
    agenda_due, approved, minutes_due, tell_agenda_due, tell_approval, tell_minutes_due,
};
