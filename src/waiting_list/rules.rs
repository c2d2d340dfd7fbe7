//! What may be done with an entry, and when.

use super::model::WaitingListState;
use crate::platform::error::{Error, Result};

/// What is done with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Take the time that is offered.
    Accept,
    /// Not take it, and wait on.
    Pass,
    /// Wait no longer.
    Leave,
}

/// Refuses a step that is not possible. `offered`: a time is kept for the person now.
pub fn check(state: WaitingListState, offered: bool, step: Step) -> Result<()> {
    let over = matches!(state, WaitingListState::Booked | WaitingListState::Left);
    let possible = match step {
        Step::Accept | Step::Pass => !over && offered,
        Step::Leave => !over,
    };
    if possible {
        return Ok(());
    }
    let allowed: &[&str] = match (over, offered) {
        (true, _) => &[],
        (false, true) => &["acceptance", "pass", "departure"],
        (false, false) => &["departure"],
    };
    Err(Error::state(
        "An offer is taken or passed on while a time is kept; who waits can leave.",
        state,
        allowed,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hf_6_an_offer_is_answered_while_it_is_open() {
        use WaitingListState::{Booked, Left, Offered, Waiting};
        for state in [Waiting, Offered, Booked, Left] {
            for offered in [true, false] {
                let over = matches!(state, Booked | Left);
                assert_eq!(
                    check(state, offered, Step::Accept).is_ok(),
                    !over && offered
                );
                assert_eq!(check(state, offered, Step::Pass).is_ok(), !over && offered);
                assert_eq!(check(state, offered, Step::Leave).is_ok(), !over);
            }
        }
    }
}
