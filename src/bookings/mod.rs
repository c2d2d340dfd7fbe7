//! Bookings: who has booked which time (booking / bokning; HF-4, HF-6, HAL-2).
//!
//! Two calls book a time: the first holds it for a few minutes, the second says for whom, what
//! for, and on which consent. It is booked by the person, by staff for a caller, or by a booking
//! site, which sees the bookings that it made and nothing else.
//!
//! ```text
//! held ──▶ confirmed ──▶ attended
//!  │ │      │  ▲ │  └───▶ noShow
//!  │ │      │  └─┘ moved
//!  │ └──────┴──────────▶ cancelled
//!  └───────────────────▶ expired
//! ```
//!
//! Invariants:
//! - A seat of a time is given once, whatever runs at once and in however many instances: a unique
//!   index over time and seat of everything that is held or booked (`bookings_seat`). Seats are
//!   numbered from one to the capacity of the time, which never changes.
//! - A hold that has run out counts as expired from that moment, whoever notices; the clock job
//!   ([`crate::upkeep`]) writes it down and nothing depends on when.
//! - A confirmed booking has a person and a consent for the purpose that the policy names; when the
//!   consent is withdrawn, what is still to come is cancelled in the same transaction.
//! - Only volunteers who are active and on no ward shift at that time are booked, and no more of
//!   them in a week than they can. When one goes away, each booking is moved to another who fits,
//!   or waits.
//! - A talk is with a volunteer who fits it: supports who books, talks the language, about the phase,
//!   has no conflict of interest. The same gates of matching ([`crate::matches::Gate::FIT`]) stop a
//!   booking, a move, an offer from the waiting list, and a talk that somebody else takes over (HF-5).
//! - A freed time is offered to the waiting list in the transaction that frees it; what becomes
//!   possible otherwise (a volunteer's week has room again) by [`crate::upkeep`].
//!
//! Reading order: `model`, `requests`, `rules` (pure), `store`, `queries`, `supporters`, `person`,
//! `fit`, `steps`, `release`, `list`, `api`.

mod api;
mod days;
mod fit;
mod list;
mod model;
mod offers;
mod person;
mod queries;
mod release;
mod requests;
mod rules;
mod steps;
mod store;
mod supporters;
mod talks;

pub use api::routes;
pub use model::{
    Booker, Booking, BookingId, BookingRelative, BookingState, Content, Released, Seat,
};
pub use offers::{Asker, OfferedHold, Opening, accept_offer, hold_for, pass_offer};
pub use person::{Resolved, resolve};
pub use queries::{
    BookedTime, confirmed_in, earlier_supporters, has_talk, of_schedule, seats, taken,
};
pub use release::{
    BookedRow, cancel_for_consent, release_bookings, release_talks_with, release_volunteer,
};
pub use requests::{BookingDetails, NewBooking};
pub use steps::{attend, cancel, confirm, expire_hold, hold, move_to};
pub use store::{repoint, run_out};
pub use supporters::{Supporters, Verdict, load_in_week};
pub use talks::{HeldTalk, held_talks};
