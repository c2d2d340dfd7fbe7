//! Steering groups (styregruppe): who sits on which seat (CPS-5). Their meetings are in
//! [`crate::meetings`], the documents they approve in [`crate::function_descriptions`].
//!
//! A group belongs to an organisation, and to a programme where it governs one. Its policy holds
//! what it decides for itself: how many days before and after a meeting things are sent, how many
//! meetings a year it plans, in which time zone its days begin and end, whether its minutes are
//! public.
//!
//! Invariants (CPS-5): a seat is held for a period of whole days within the group's own; on no day are
//! there two chairs or two secretaries, or one staff member on two seats. A group does not end before
//! its planned meetings, its working groups and the seats with a last day. A seat is taken back before its
//! first day, and ended afterwards. A day without chair or secretary is a vacancy, shown with the members,
//! and no agenda is sent on it. A member who signs in sees the groups in which a seat is held now, and
//! nothing else.

pub mod api;
mod ending;
mod members;
mod model;
mod reach;
mod requests;
mod rules;
mod store;

pub use api::routes;
pub use members::appoint;
pub use members::{of as member_of, of_group as members_of_group, today, vacant};
pub use model::{
    GroupPolicy, MemberRole, Sector, SteeringGroup, SteeringGroupId, SteeringMember,
    SteeringMemberId,
};
pub use reach::{
    Reach, Standing, acts_for, by_seat, inside, inside_on, of_meetings, of_register, seat_on,
};
pub use requests::{NewSteeringGroup, NewSteeringMember};
pub use store::{create, find, publishing};
